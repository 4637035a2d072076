// The steps of a broker's start (facts 2.1), in their order.
#include <fmt/format.h>

#include "broker/broker_impl.h"
#include "broker/identity.h"
#include "broker/producer_id_blocks.h"
#include "broker/settings.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::broker {
namespace {

constexpr auto kLogger = "kafka.server.KafkaServer";
using std::chrono::milliseconds;
namespace key = config::key;

}  // namespace

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
  zk_.on_session([this] { return on_session_expired(); }, [this] { return on_new_session(); });
  const auto connected = co_await zk_.start(config_.zookeeper_connection_timeout());
  if (!connected) {
    co_return std::unexpected(connected.error() == zk::Error::kAuthFailed
                                  ? "Auth failed either before or while waiting for connection"
                                  : "Timed out waiting for connection while in state: CONNECTING");
  }
  env::log_info("kafka.zookeeper.ZooKeeperClient", "[ZooKeeperClient Kafka server] Connected.");
  co_return co_await membership_.create_top_level_paths();
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
  const auto stored = id_on_disk(*found, BrokerId{config_.broker_id()}, cluster_id_);
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

// What ZooKeeper says goes over the file. From here on no change is missed.
env::Task<Startup<void>> Broker::Impl::apply_dynamic_config() {
  co_await config_changes_.begin();
  auto stored = co_await with_stored_config(&zk_, id_, config_);
  config_ = std::move(stored);
  live_config_ = std::make_unique<config::LiveConfig>(config_);
  throttles_ = std::make_unique<Throttles>(config_, id_, &ports_.clock);
  log::MetaProperties wanted;
  wanted.broker_id = id_;
  wanted.cluster_id = cluster_id_;
  if (!logs_->write_meta_properties(wanted)) {
    co_return std::unexpected("Could not write meta.properties in any log directory");
  }
  co_return Startup<void>{};
}

env::Task<Startup<void>> Broker::Impl::load_logs() {
  topic_configs_ = std::make_unique<TopicConfigs>(
      live_config_.get(), &zk_, ports_.executor,
      [this](const std::string& topic, const config::Properties& own) {
        throttles_->set_topic(topic, own);
      });
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

env::Task<Startup<void>> Broker::Impl::make_rooms() {
  co_await read_feature();
  make_controller_channel();
  auto made = make_replica_manager();
  if (!made) co_return made;
  make_followers();
  make_services();
  make_dynamic_config();
  make_housekeeping();
  co_return Startup<void>{};
}

void Broker::Impl::make_controller_channel() {
  controller_channel_ = std::make_unique<ControllerChannel>(
      controller_channel_config(config_, id_), &metadata_, &ports_.network, ports_.executor);
  replica::IsrUpdaterConfig updater;
  updater.self = id_;
  updater.broker_epoch = [this] { return replicas_->broker_epoch(); };
  updater.settle = [this](const replica::IsrChange& change, const replica::IsrAnswer& answer) {
    return replicas_->settle_isr_change(change, answer);
  };
  isr_updater_ = std::make_unique<replica::IsrUpdater>(
      std::move(updater), controller_channel_.get(), &ports_.clock, ports_.executor);
}

Startup<void> Broker::Impl::make_replica_manager() {
  auto replicas = replica_manager_config(config_, id_);
  if (!replicas) return std::unexpected(replicas.error());
  replicas->alter_isr = [this](replica::IsrChange change) {
    isr_updater_->submit(std::move(change));
  };
  replicas->topic_config = [this](const std::string& topic) { return topic_configs_->get(topic); };
  replicas->leader_quota = &throttles_->quotas.leader;
  replicas->space = [this](const std::string& directory) { return ports_.space.space(directory); };
  replicas_ = std::make_unique<replica::ReplicaManager>(*std::move(replicas), logs_.get(),
                                                        &metadata_, &ports_.clock, &ports_.disk);
  fetch_sessions_ = std::make_unique<replica::FetchSessionCache>(
      static_cast<std::size_t>(config_[key::max_incremental_fetch_session_cache_slots]),
      &ports_.random);
  return {};
}

void Broker::Impl::make_followers() {
  auto fetchers = fetcher_manager_config(config_, id_);
  fetchers.fetcher.broker_epoch = [this] { return replicas_->broker_epoch(); };
  fetchers.fetcher.quota = &throttles_->quotas.follower;
  fetchers_ = std::make_unique<follower::FetcherManager>(
      std::move(fetchers), &metadata_, &ports_.network, &ports_.clock, &ports_.disk, ports_.loops,
      ports_.catch_up);
  auto mover = mover_config(config_);
  mover.quota = &throttles_->quotas.alter_log_dirs;
  mover_ = std::make_unique<follower::DirectoryMover>(mover, logs_.get(), &ports_.clock,
                                                      &ports_.disk, ports_.executor);
}

replica::TakeProducerIds Broker::Impl::producer_id_source() {
  if (!inter_broker_protocol(config_).allocate_producer_ids()) {
    return producer_ids_from_zookeeper(&zk_, id_);
  }
  return producer_ids_from_controller(controller_channel_.get(), id_,
                                      [this] { return replicas_->broker_epoch(); });
}

void Broker::Impl::make_services() {
  producer_ids_ = std::make_unique<replica::ProducerIdManager>(producer_id_source(),
                                                               ports_.executor, &ports_.clock);
  groups_ =
      std::make_unique<group::Coordinator>(group_shard_config(config_), replicas_.get(), &metadata_,
                                           &ports_.clock, &ports_.disk, ports_.loops);
  topics_ = std::make_unique<controller::TopicAdmin>(zk_, ports_.random);
  controller_ =
      std::make_unique<controller::Controller>(controller_config(config_, id_), zk_, ports_.network,
                                               ports_.clock, ports_.executor, ports_.random);
  services_.reset(new api::Services{*live_config_,
                                    id_,
                                    cluster_id_,
                                    metadata_,
                                    *replicas_,
                                    *fetchers_,
                                    *mover_,
                                    *fetch_sessions_,
                                    throttles_->quotas,
                                    *producer_ids_,
                                    *groups_,
                                    *controller_,
                                    *topics_,
                                    *topic_configs_,
                                    zk_,
                                    ports_.executor,
                                    ports_.clock,
                                    ports_.random,
                                    background_,
                                    shutting_down_,
                                    told_short_of_brokers_,
                                    feature_epoch_});
  dispatcher_ = std::make_unique<api::Dispatcher>(*services_);
}

void Broker::Impl::make_dynamic_config() {
  DynamicConfigParts parts{.self = id_,
                           .client = &zk_,
                           .live = live_config_.get(),
                           .topics = topic_configs_.get(),
                           .logs = logs_.get(),
                           .disk = &ports_.disk};
  dynamic_config_ = std::make_unique<DynamicConfig>(parts);
  dynamic_config_->on_broker_changed([this](const config::Config& now) { take_over(now); });
  dynamic_config_->on_topic_changed([this](const std::string& topic) {
    if (topic_configs_->get(topic)->unclean_leader_election) {
      controller_->allow_unclean_election(topic);
    }
  });
}

void Broker::Impl::make_housekeeping() {
  housekeeping_ = std::make_unique<Housekeeping>(&config_, logs_.get(), replicas_.get(),
                                                 &ports_.clock, &ports_.disk, ports_.executor);
  housekeeping_->on_directory_failed([this](const std::vector<TopicPartition>& gone) {
    fetchers_->stop(gone);
    mover_->stop(gone);
    groups_->resign(gone);
    background_.spawn(ports_.executor, membership_.announce_failed_directory(id_));
  });
  housekeeping_->on_all_directories_failed([this] {
    if (fatal_) fatal_("Shutdown broker because all log dirs have failed");
  });
}

env::Task<Startup<void>> Broker::Impl::open_frontend() {
  frontend_ = ports_.make_frontend(*dispatcher_);
  auto ports = frontend_->bind();
  if (!ports) co_return std::unexpected(ports.error());
  bound_ports_ = *std::move(ports);
  co_return Startup<void>{};
}

env::Task<Startup<void>> Broker::Impl::join() {
  const auto node = registration(config_, bound_ports_, ports_.clock.wall());
  auto free = co_await membership_.check_addresses(id_, node);
  if (!free) co_return free;
  const auto patience = milliseconds(config_[key::zookeeper_session_timeout_ms]) * 2;
  const auto epoch = co_await membership_.register_broker(id_, node, patience);
  if (!epoch) co_return std::unexpected(epoch.error());
  replicas_->set_broker_epoch(*epoch);
  auto listening =
      frontend_->listen();  // before the controller, which has to reach this broker too
  if (!listening) co_return listening;
  controller_started_ = true;
  co_await controller_->startup(*epoch);
  co_return Startup<void>{};
}

env::Task<Startup<void>> Broker::Impl::serve() {
  frontend_->start();
  housekeeping_->start();
  config_changes_.start([this](std::string path) { return dynamic_config_->apply(path); });
  co_return Startup<void>{};
}

}  // namespace barnabas::broker
