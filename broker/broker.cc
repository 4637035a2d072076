#include "broker/broker.h"

#include <algorithm>

#include "broker/broker_impl.h"
#include "broker/controlled_shutdown.h"
#include "broker/settings.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::broker {
namespace {

constexpr auto kLogger = "kafka.server.KafkaServer";
using std::chrono::milliseconds;
namespace key = config::key;

constexpr int kClosers = 8;  // of logs, at the same time

}  // namespace

Broker::Impl::Impl(config::Config config, Ports ports)
    : config_(std::move(config)),
      ports_(std::move(ports)),
      zk_(ports_.zookeeper, session_config(config_), ports_.clock, ports_.executor),
      membership_(&zk_, &ports_.clock, &ports_.random),
      logs_(log::make_log_manager(log_manager_config(config_), ports_.files, ports_.clock,
                                  ports_.random)),
      config_changes_(&zk_, &ports_.clock, ports_.executor) {}

// Before the controller runs, closing the session harms nobody and wakes whatever waits for it.
void Broker::Impl::abandon_start() {
  if (started_ || shutting_down_) return;
  shutting_down_ = true;
  membership_.stop();
  if (chroot_zk_) background_.spawn(ports_.executor, chroot_zk_->stop());
  if (!controller_started_) background_.spawn(ports_.executor, zk_.stop());
}

// What of a changed configuration is held elsewhere than in LiveConfig and the logs.
void Broker::Impl::take_over(const config::Config& now) {
  throttles_->set_limits(now);
  fetchers_->resize(std::max(1, now[key::num_replica_fetchers]), replicas_->all());
  controller_->set_unclean_leader_election(now[key::unclean_leader_election_enable]);
  logs_->set_producer_id_expiration(now[key::producer_id_expiration_ms]);
}

env::Task<void> Broker::Impl::on_session_expired() {
  if (controller_started_) co_await controller_->on_session_expired();
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
  const auto node = registration(config_, bound_ports_, ports_.clock.wall());
  const auto epoch = co_await membership_.register_broker(id_, node, patience);
  if (shutting_down_) co_return;
  if (!epoch) {
    env::log_error(kLogger, "Could not register again: {}", epoch.error());
    co_return;
  }
  replicas_->set_broker_epoch(*epoch);
  co_await controller_->reregister_and_reelect(*epoch);
  co_await read_feature();
  config_changes_.renewed([this] { return dynamic_config_->apply_all(); });
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
  auto config = controlled_shutdown_config(config_, id_);
  config.broker_epoch = [this] { return replicas_->broker_epoch(); };
  replicas_->leave();
  co_await leave_in_order(std::move(config), controller_channel_.get(), &metadata_, &ports_.clock);
}

env::Task<void> Broker::Impl::close_logs() {
  auto checkpoint = [this] {
    if (replicas_) replicas_->checkpoint_high_watermarks();
  };
  co_await ports_.disk.run(std::move(checkpoint));
  env::Gate closers;
  for (int n = 0; n < kClosers; ++n) {
    auto close_logs = [this] { logs_->close_logs(); };
    closers.spawn(ports_.executor, ports_.disk.run(std::move(close_logs)));
  }
  closers.close();
  co_await closers.wait();
  auto shutdown = [this] { logs_->shutdown(); };
  co_await ports_.disk.run(std::move(shutdown));
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
  // Requests and the controller wait for a ZooKeeper that is away; we do not wait for them.
  const auto patience = milliseconds(config_[key::zookeeper_session_timeout_ms]);
  const auto give_up = ports_.clock.after(
      ports_.executor, patience, [this] { background_.spawn(ports_.executor, zk_.stop()); });
  if (groups_) co_await groups_->shutdown();  // ends the requests that wait in groups
  if (frontend_) co_await frontend_->stop();
  co_await config_changes_.stop();
  if (controller_channel_) co_await controller_channel_->close();
  if (isr_updater_) co_await isr_updater_->stop();
  if (controller_started_) co_await controller_->shutdown();
  if (producer_ids_) co_await producer_ids_->stop();
  if (fetchers_) co_await fetchers_->shutdown();
  if (mover_) co_await mover_->shutdown();
  if (housekeeping_) co_await housekeeping_->stop();
  background_.close();
  co_await background_.wait();
  if (logs_open_) co_await close_logs();
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
