#include "broker/broker.h"

#include <fmt/format.h>

#include "broker/api/dispatcher.h"
#include "broker/api/services.h"
#include "broker/controlled_shutdown.h"
#include "broker/controller_channel.h"
#include "broker/housekeeping.h"
#include "broker/producer_id_blocks.h"
#include "broker/replica/isr_updater.h"
#include "broker/topic_configs.h"
#include "controller/controller.h"
#include "controller/topic_admin.h"
#include "env/log.h"
#include "zk/client.h"
#include "zk/paths.h"

namespace barnabas::broker {
namespace {

constexpr auto kLogger = "kafka.server.KafkaServer";
using std::chrono::milliseconds;
namespace key = config::key;

zk::SessionConfig session_config(const config::Config& config) {
  return {.connect = config[key::zookeeper_connect],
          .timeout = milliseconds(config[key::zookeeper_session_timeout_ms]),
          .max_inflight = static_cast<std::size_t>(config[key::zookeeper_max_in_flight_requests])};
}

log::LogManagerConfig log_config(const config::Config& config) {
  log::LogManagerConfig logs;
  logs.directories = config.log_dirs();
  logs.recovery_threads_per_directory = config[key::num_recovery_threads_per_data_dir];
  logs.defaults =
      std::make_shared<const log::LogConfig>(config::TopicConfig({}, config).log_config());
  logs.producer_id_expiration_ms = config[key::producer_id_expiration_ms];
  return logs;
}

}  // namespace

class Broker::Impl {
 public:
  Impl(config::Config config, Ports ports)
      : config_(std::move(config)),
        ports_(std::move(ports)),
        zk_(ports_.zookeeper, session_config(config_), ports_.clock, ports_.executor),
        membership_(&zk_, &ports_.clock, &ports_.random),
        logs_(log::make_log_manager(log_config(config_), ports_.files, ports_.clock,
                                    ports_.random)) {}

  env::Task<Startup<void>> start();
  void abandon_start();
  env::Task<void> stop();
  BrokerId id() const { return id_; }
  void on_fatal(std::function<void(std::string)> told) { fatal_ = std::move(told); }

 private:
  using Step = env::Task<Startup<void>> (Impl::*)();
  env::Task<Startup<void>> connect();
  env::Task<Startup<void>> create_chroot(std::string chroot);
  env::Task<Startup<void>> identify();
  env::Task<Startup<void>> apply_dynamic_config();
  env::Task<Startup<void>> load_logs();
  env::Task<Startup<void>> make_rooms();
  void make_controller_channel();
  Startup<replica::ReplicaManagerConfig> replica_config();
  env::Task<Startup<void>> open_frontend();
  env::Task<Startup<void>> join();
  env::Task<Startup<void>> serve();

  std::expected<std::optional<BrokerId>, std::string> id_on_disk(
      const std::vector<std::pair<std::string, log::MetaProperties>>& found) const;
  controller::Ibp ibp() const;
  replica::TakeProducerIds producer_id_source();
  follower::FetcherManagerConfig fetcher_config() const;
  zk::BrokerRegistration registration() const;
  env::Task<void> on_new_session();
  env::Task<void> hand_over();
  env::Task<void> read_feature();
  env::Task<config::Properties> read_properties(std::string path);

  config::Config config_;
  Ports ports_;
  zk::Client zk_;
  std::optional<zk::Client> chroot_zk_;  // makes the root of zk_; done before that one starts
  Membership membership_;
  std::unique_ptr<log::LogManager> logs_;
  bool logs_open_ = false;
  std::string cluster_id_;
  BrokerId id_ = kNoBroker;
  std::vector<std::uint16_t> bound_ports_;
  bool started_ = false;
  std::atomic<bool> shutting_down_{false};
  std::atomic<std::int64_t> feature_epoch_{-1};
  env::Gate background_;

  std::unique_ptr<TopicConfigs> topic_configs_;
  replica::MetadataCache metadata_;
  std::unique_ptr<ControllerChannel> controller_channel_;
  std::unique_ptr<replica::IsrUpdater> isr_updater_;
  std::unique_ptr<replica::ReplicaManager> replicas_;
  std::unique_ptr<follower::FetcherManager> fetchers_;
  std::unique_ptr<follower::DirectoryMover> mover_;
  std::unique_ptr<replica::FetchSessionCache> fetch_sessions_;
  std::unique_ptr<replica::ProducerIdManager> producer_ids_;
  std::unique_ptr<controller::TopicAdmin> topics_;
  std::unique_ptr<controller::Controller> controller_;
  std::unique_ptr<api::Services> services_;
  std::unique_ptr<api::Dispatcher> dispatcher_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::unique_ptr<Frontend> frontend_;
  bool controller_started_ = false;
  std::function<void(std::string)> fatal_;
};

// Facts 2.1, in their order.
env::Task<Startup<void>> Broker::Impl::start() {
  env::log_info(kLogger, "starting");
  static constexpr Step kSteps[] = {
      &Impl::connect,   &Impl::identify,   &Impl::apply_dynamic_config,
      &Impl::load_logs, &Impl::make_rooms, &Impl::open_frontend,
      &Impl::join,      &Impl::serve};
  for (const auto step : kSteps) {
    if (shutting_down_) break;
    auto running = (this->*step)();
    auto done = co_await std::move(running);
    if (!done && !shutting_down_) co_return done;
  }
  if (shutting_down_)
    co_return std::unexpected("The broker was told to stop while it was starting");
  started_ = true;
  env::log_info(kLogger, "[KafkaServer id={}] started", id_.value);
  co_return Startup<void>{};
}

// Before the controller runs, closing the session harms nobody and wakes whatever waits for it.
void Broker::Impl::abandon_start() {
  if (started_ || shutting_down_) return;
  shutting_down_ = true;
  membership_.stop();
  if (chroot_zk_) background_.spawn(ports_.executor, chroot_zk_->stop());
  if (!controller_started_) background_.spawn(ports_.executor, zk_.stop());
}

env::Task<Startup<void>> Broker::Impl::create_chroot(std::string chroot) {
  auto config = session_config(config_);
  config.connect.resize(config.connect.find('/'));
  zk::Client& client = chroot_zk_.emplace(ports_.zookeeper, config, ports_.clock, ports_.executor);
  const auto connected = co_await client.start(config_.zookeeper_connection_timeout());
  Startup<void> result;
  if (!connected) {
    result = std::unexpected("Timed out waiting for connection while in state: CONNECTING");
  } else {
    const auto made = co_await client.create_recursive(chroot, std::nullopt);
    if (!made && made.error() != zk::Error::kNodeExists) {
      result = std::unexpected(fmt::format("Could not create the ZooKeeper chroot {}: {}", chroot,
                                           zk::name(made.error())));
    }
  }
  co_await client.stop();
  co_return result;
}

env::Task<Startup<void>> Broker::Impl::connect() {
  const auto& connect = config_[key::zookeeper_connect];
  env::log_info(kLogger, "Connecting to zookeeper on {}", connect);
  if (const auto slash = connect.find('/'); slash != std::string::npos) {
    auto made = co_await create_chroot(connect.substr(slash));
    if (!made) co_return made;
  }
  zk_.on_session(
      [this]() -> env::Task<void> {
        if (controller_started_) co_await controller_->on_session_expired();
      },
      [this]() -> env::Task<void> { co_await on_new_session(); });
  const auto connected = co_await zk_.start(config_.zookeeper_connection_timeout());
  if (!connected) {
    co_return std::unexpected(connected.error() == zk::Error::kAuthFailed
                                  ? "Auth failed either before or while waiting for connection"
                                  : "Timed out waiting for connection while in state: CONNECTING");
  }
  env::log_info("kafka.zookeeper.ZooKeeperClient", "[ZooKeeperClient Kafka server] Connected.");
  co_return co_await membership_.create_top_level_paths();
}

// The id all directories agree on; an error if they do not, or if it is not the configured one.
std::expected<std::optional<BrokerId>, std::string> Broker::Impl::id_on_disk(
    const std::vector<std::pair<std::string, log::MetaProperties>>& found) const {
  std::optional<BrokerId> id;
  for (const auto& [directory, meta] : found) {
    if (meta.version != 0) {
      return std::unexpected(fmt::format(
          "Found unexpected metadata version {} in `{}/meta.properties`: a KRaft directory",
          meta.version, directory));
    }
    if (meta.cluster_id && *meta.cluster_id != cluster_id_) {
      return std::unexpected(
          fmt::format("Invalid cluster.id in: {}/meta.properties. Expected {}, but read {}",
                      directory, cluster_id_, *meta.cluster_id));
    }
    if (!meta.broker_id) continue;
    const BrokerId configured{config_.broker_id()};
    const auto expected = configured.value >= 0 ? configured : id.value_or(*meta.broker_id);
    if (*meta.broker_id != expected) {
      return std::unexpected(fmt::format(
          "Stored node id {} doesn't match previous node id {} in {}/meta.properties. If you moved "
          "your data, make sure your configured node id matches. If you intend to create a new "
          "node, you should remove all data in your data directories.",
          meta.broker_id->value, expected.value, directory));
    }
    id = meta.broker_id;
  }
  return id;
}

env::Task<Startup<void>> Broker::Impl::identify() {
  auto refused = co_await membership_.refuse_migration();
  if (!refused) co_return refused;
  auto cluster = co_await membership_.get_or_create_cluster_id();
  if (!cluster) co_return std::unexpected(cluster.error());
  cluster_id_ = *cluster;
  env::log_info(kLogger, "Cluster ID = {}", cluster_id_);
  auto found = logs_->open();
  if (!found) co_return std::unexpected(found.error());
  logs_open_ = true;
  const auto stored = id_on_disk(*found);
  if (!stored) co_return std::unexpected(stored.error());
  id_ = BrokerId{config_.broker_id()};
  if (id_.value < 0 && *stored) id_ = **stored;
  if (id_.value < 0) {
    if (!config_[key::broker_id_generation_enable]) {
      co_return std::unexpected(
          "No broker id is configured and broker.id.generation.enable is false");
    }
    const auto made = co_await membership_.generate_broker_id(config_[key::reserved_broker_max_id]);
    if (!made) co_return std::unexpected(made.error());
    id_ = *made;
  }
  co_return Startup<void>{};
}

env::Task<config::Properties> Broker::Impl::read_properties(std::string path) {
  zk::Request request = zk::GetData{std::move(path)};
  const auto outcome = co_await zk_.submit_one(std::move(request));
  if (!outcome) co_return config::Properties{};
  const auto entity = zk::ConfigEntity::decode(outcome->data.value_or(""));
  if (!entity) co_return config::Properties{};
  co_return config::Properties(entity->config.begin(), entity->config.end());
}

// What ZooKeeper says goes over the file; what does not fit is left out with a log line, as Kafka
// does.
env::Task<Startup<void>> Broker::Impl::apply_dynamic_config() {
  auto cluster_wide = co_await read_properties(zk::paths::default_broker_config());
  auto this_broker = co_await read_properties(zk::paths::broker_config(id_));
  if (!cluster_wide.empty() || !this_broker.empty()) {
    auto changed = config_.with_dynamic(std::move(cluster_wide), std::move(this_broker));
    if (changed) {
      config_ = *std::move(changed);
    } else {
      env::log_error("kafka.server.DynamicBrokerConfig", "Dynamic broker configs are ignored: {}",
                     changed.error().text);
    }
  }
  log::MetaProperties wanted;
  wanted.broker_id = id_;
  wanted.cluster_id = cluster_id_;
  if (!logs_->write_meta_properties(wanted)) {
    co_return std::unexpected("Could not write meta.properties in any log directory");
  }
  co_return Startup<void>{};
}

env::Task<Startup<void>> Broker::Impl::load_logs() {
  topic_configs_ = std::make_unique<TopicConfigs>(&config_, &zk_, ports_.executor);
  zk::Request list = zk::GetChildren{zk::paths::kBrokerTopics};
  const auto topics = co_await zk_.submit_one(std::move(list));
  if (!topics) co_return std::unexpected("Could not list the topics in ZooKeeper");
  co_await topic_configs_->fetch_missing(topics->children);
  std::expected<void, std::string> loaded;
  auto load = [this, &loaded] {
    loaded = logs_->load([this](const std::string& topic) { return topic_configs_->get(topic); },
                         [](const log::LoadProgress& progress) {
                           env::log_info("kafka.log.LogManager", "Loaded {} of {} logs in {}",
                                         progress.loaded, progress.total, progress.directory);
                         });
  };
  co_await ports_.disk.run(std::move(load));
  co_return loaded;
}

controller::Ibp Broker::Impl::ibp() const {
  return controller::parse_ibp(config_.inter_broker_protocol_version())
      .value_or(controller::kLatestIbp);
}

replica::TakeProducerIds Broker::Impl::producer_id_source() {
  if (!ibp().allocate_producer_ids()) return producer_ids_from_zookeeper(&zk_, id_);
  return producer_ids_from_controller(controller_channel_.get(), id_,
                                      [this] { return replicas_->broker_epoch(); });
}

follower::FetcherManagerConfig Broker::Impl::fetcher_config() const {
  follower::FetcherManagerConfig config;
  config.fetchers_per_broker = std::max(1, config_[key::num_replica_fetchers]);
  config.listener = config_.inter_broker_listener().name;
  config.fetcher = {.self = id_,
                    .ibp = ibp(),
                    .back_off = milliseconds(config_[key::replica_fetch_backoff_ms]),
                    .socket_timeout = milliseconds(config_[key::replica_socket_timeout_ms]),
                    .max_wait = Millis{config_[key::replica_fetch_wait_max_ms]},
                    .min_bytes = config_[key::replica_fetch_min_bytes],
                    .partition_max_bytes = config_[key::replica_fetch_max_bytes],
                    .max_bytes = config_[key::replica_fetch_response_max_bytes],
                    .broker_epoch = [this] { return replicas_->broker_epoch(); }};
  return config;
}

void Broker::Impl::make_controller_channel() {
  ControllerChannelConfig channel;
  channel.self = id_;
  channel.listener =
      config_.control_plane_listener().value_or(config_.inter_broker_listener().name);
  channel.timeout = milliseconds(config_[key::controller_socket_timeout_ms]);
  controller_channel_ = std::make_unique<ControllerChannel>(std::move(channel), &metadata_,
                                                            &ports_.network, ports_.executor);
  replica::IsrUpdaterConfig updater;
  updater.self = id_;
  updater.broker_epoch = [this] { return replicas_->broker_epoch(); };
  updater.settle = [this](const replica::IsrChange& change, const replica::IsrAnswer& answer) {
    return replicas_->settle_isr_change(change, answer);
  };
  isr_updater_ = std::make_unique<replica::IsrUpdater>(
      std::move(updater), controller_channel_.get(), &ports_.clock, ports_.executor);
}

Startup<replica::ReplicaManagerConfig> Broker::Impl::replica_config() {
  replica::ReplicaManagerConfig replicas;
  replicas.self = id_;
  if (const auto selector = config_.find(key::replica_selector_class)) {
    const auto known = replica::parse_replica_selector(*selector);
    if (!known) {
      return std::unexpected(fmt::format(
          "replica.selector.class {} is none of the two that come with Kafka", *selector));
    }
    replicas.selector = *known;
  }
  replicas.alter_isr = [this](replica::IsrChange change) {
    isr_updater_->submit(std::move(change));
  };
  replicas.replica_lag_time_max = milliseconds(config_[key::replica_lag_time_max_ms]);
  replicas.topic_config = [this](const std::string& topic) { return topic_configs_->get(topic); };
  replicas.space = [this](const std::string& directory) { return ports_.space.space(directory); };
  return replicas;
}

env::Task<Startup<void>> Broker::Impl::make_rooms() {
  co_await read_feature();
  make_controller_channel();
  auto replicas = replica_config();
  if (!replicas) co_return std::unexpected(replicas.error());
  replicas_ = std::make_unique<replica::ReplicaManager>(*std::move(replicas), logs_.get(),
                                                        &metadata_, &ports_.clock, &ports_.disk);
  fetchers_ = std::make_unique<follower::FetcherManager>(
      fetcher_config(), &metadata_, &ports_.network, &ports_.clock, &ports_.disk, ports_.loops);
  const follower::MoverConfig mover{
      .back_off = milliseconds(config_[key::replica_fetch_backoff_ms]),
      .piece_bytes = static_cast<std::uint32_t>(config_[key::replica_fetch_max_bytes])};
  mover_ = std::make_unique<follower::DirectoryMover>(mover, logs_.get(), &ports_.clock,
                                                      &ports_.disk, ports_.executor);
  fetch_sessions_ = std::make_unique<replica::FetchSessionCache>(
      static_cast<std::size_t>(config_[key::max_incremental_fetch_session_cache_slots]),
      &ports_.random);
  producer_ids_ = std::make_unique<replica::ProducerIdManager>(producer_id_source(),
                                                               ports_.executor, &ports_.clock);
  topics_ = std::make_unique<controller::TopicAdmin>(zk_, ports_.random);
  controller::ControllerConfig controller;
  controller.broker_id = id_;
  controller.inter_broker_listener = config_.inter_broker_listener().name;
  controller.control_plane_listener = config_.control_plane_listener().value_or("");
  controller.ibp = ibp();
  controller.delete_topic_enable = config_[key::delete_topic_enable];
  controller.auto_leader_rebalance = config_[key::auto_leader_rebalance_enable];
  controller.leader_imbalance_check_interval =
      std::chrono::seconds(config_[key::leader_imbalance_check_interval_seconds]);
  controller.leader_imbalance_percentage = config_[key::leader_imbalance_per_broker_percentage];
  controller.unclean_leader_election = config_[key::unclean_leader_election_enable];
  controller.socket_timeout = milliseconds(config_[key::controller_socket_timeout_ms]);
  controller_ = std::make_unique<controller::Controller>(
      controller, zk_, ports_.network, ports_.clock, ports_.executor, ports_.random);
  services_.reset(new api::Services{config_, id_, cluster_id_, metadata_, *replicas_, *fetchers_,
                                    *mover_, *fetch_sessions_, *producer_ids_, *controller_,
                                    *topics_, *topic_configs_, zk_, ports_.executor, ports_.clock,
                                    ports_.random, background_, shutting_down_, feature_epoch_});
  dispatcher_ = std::make_unique<api::Dispatcher>(*services_);
  housekeeping_ = std::make_unique<Housekeeping>(&config_, logs_.get(), replicas_.get(),
                                                 &ports_.clock, &ports_.disk, ports_.executor);
  housekeeping_->on_directory_failed([this](const std::vector<TopicPartition>& gone) {
    fetchers_->stop(gone);
    mover_->stop(gone);
    background_.spawn(ports_.executor, membership_.announce_failed_directory(id_));
  });
  housekeeping_->on_all_directories_failed([this] {
    if (fatal_) fatal_("Shutdown broker because all log dirs have failed");
  });
  co_return Startup<void>{};
}

env::Task<Startup<void>> Broker::Impl::open_frontend() {
  frontend_ = ports_.make_frontend(*dispatcher_);
  auto ports = frontend_->bind();
  if (!ports) co_return std::unexpected(ports.error());
  bound_ports_ = *std::move(ports);
  co_return Startup<void>{};
}

// The advertised endpoints; port 0 was replaced by the one really bound.
zk::BrokerRegistration Broker::Impl::registration() const {
  zk::BrokerRegistration node;
  const auto bound = config_.listeners();
  for (const auto& advertised : config_.advertised_listeners()) {
    zk::BrokerEndpoint endpoint;
    endpoint.listener = advertised.name;
    endpoint.security_protocol = config::name_of(advertised.security_protocol);
    endpoint.host = advertised.host;
    endpoint.port = advertised.port;
    for (std::size_t i = 0; i < bound.size(); ++i) {
      if (endpoint.port == 0 && bound[i].name == advertised.name) endpoint.port = bound_ports_[i];
    }
    node.endpoints.push_back(std::move(endpoint));
  }
  if (const auto rack = config_.find(key::broker_rack)) node.rack = *rack;
  node.timestamp = Timestamp{ports_.clock.wall().count()};
  return node;
}

env::Task<Startup<void>> Broker::Impl::join() {
  const auto node = registration();
  auto free = co_await membership_.check_addresses(id_, node);
  if (!free) co_return free;
  const auto patience = milliseconds(config_[key::zookeeper_session_timeout_ms]) * 2;
  const auto epoch = co_await membership_.register_broker(id_, node, patience);
  if (!epoch) co_return std::unexpected(epoch.error());
  replicas_->set_broker_epoch(*epoch);
  controller_started_ = true;
  co_await controller_->startup(*epoch);
  co_return Startup<void>{};
}

env::Task<Startup<void>> Broker::Impl::serve() {
  frontend_->start();
  housekeeping_->start();
  co_return Startup<void>{};
}

// A new session after an expired one: the same cluster? Then register again and run for controller.
env::Task<void> Broker::Impl::on_new_session() {
  if (!controller_started_ || shutting_down_) co_return;
  const auto cluster = co_await membership_.get_or_create_cluster_id();
  if (!cluster || *cluster != cluster_id_) {
    env::log_error(kLogger,
                   "The ZooKeeper of the new session belongs to another cluster ({}, not {}): "
                   "this broker serves on but does not register",
                   cluster.value_or("unknown"), cluster_id_);
    co_return;
  }
  const auto patience = milliseconds(config_[key::zookeeper_session_timeout_ms]) * 10;
  const auto epoch = co_await membership_.register_broker(id_, registration(), patience);
  if (shutting_down_) co_return;
  if (!epoch) {
    env::log_error(kLogger, "Could not register again: {}", epoch.error());
    co_return;
  }
  replicas_->set_broker_epoch(*epoch);
  co_await controller_->reregister_and_reelect(*epoch);
  co_await read_feature();
}

// The dataVersion of /feature is the epoch that ApiVersions shows.
env::Task<void> Broker::Impl::read_feature() {
  zk_.watch_path(zk::paths::kFeature, {.on_event = [this](const zk::WatchEvent&) {
                   background_.spawn(ports_.executor, read_feature());
                 }});
  zk::Request request = zk::Exists{zk::paths::kFeature, true};
  const auto outcome = co_await zk_.submit_one(std::move(request));
  if (outcome) feature_epoch_ = outcome->stat.version;
}

// Whoever we lead for has another leader before we stop answering.
env::Task<void> Broker::Impl::hand_over() {
  if (!started_ || !config_[key::controlled_shutdown_enable]) co_return;
  ControlledShutdownConfig config{
      .self = id_,
      .broker_epoch = [this] { return replicas_->broker_epoch(); },
      .tries = config_[key::controlled_shutdown_max_retries],
      .back_off = milliseconds(config_[key::controlled_shutdown_retry_backoff_ms]),
      .version = ibp().controlled_shutdown()};
  co_await leave_in_order(std::move(config), controller_channel_.get(), &metadata_, &ports_.clock);
}

env::Task<void> Broker::Impl::stop() {
  env::log_info(kLogger, "[KafkaServer id={}] shutting down", id_.value);
  co_await hand_over();
  shutting_down_ = true;
  membership_.stop();
  metadata_.wake_all();
  if (replicas_) {
    for (const auto& partition : replicas_->all()) partition->wake_all();
  }
  if (frontend_) co_await frontend_->stop();
  if (controller_channel_) co_await controller_channel_->close();
  if (isr_updater_) co_await isr_updater_->stop();
  if (controller_started_) co_await controller_->shutdown();
  if (producer_ids_) co_await producer_ids_->stop();
  if (fetchers_) co_await fetchers_->shutdown();
  if (mover_) co_await mover_->shutdown();
  if (housekeeping_) co_await housekeeping_->stop();
  background_.close();
  co_await background_.wait();
  if (logs_open_) {
    auto close = [this] {
      if (replicas_) replicas_->checkpoint_high_watermarks();
      logs_->shutdown();
    };
    co_await ports_.disk.run(std::move(close));
  }
  co_await zk_.stop();
  env::log_info(kLogger, "[KafkaServer id={}] shut down completed", id_.value);
}

Broker::Broker(config::Config config, Ports ports)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(ports))) {}
Broker::~Broker() = default;
env::Task<Startup<void>> Broker::start() { return impl_->start(); }
env::Task<void> Broker::stop() { return impl_->stop(); }
BrokerId Broker::id() const { return impl_->id(); }
void Broker::abandon_start() { impl_->abandon_start(); }
void Broker::on_fatal(std::function<void(std::string)> told) { impl_->on_fatal(std::move(told)); }

}  // namespace barnabas::broker
