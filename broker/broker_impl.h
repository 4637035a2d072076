// The rooms of a broker and the order in which they come and go. For broker.cc (its life) and
// startup.cc (the steps of its start) only.
#pragma once

#include <atomic>
#include <optional>

#include "broker/api/dispatcher.h"
#include "broker/api/services.h"
#include "broker/broker.h"
#include "broker/config_changes.h"
#include "broker/controller_channel.h"
#include "broker/dynamic_config.h"
#include "broker/group/coordinator.h"
#include "broker/housekeeping.h"
#include "broker/replica/isr_updater.h"
#include "broker/throttles.h"
#include "broker/topic_configs.h"
#include "controller/controller.h"
#include "controller/topic_admin.h"
#include "zk/client.h"

namespace barnabas::broker {

class Broker::Impl {
 public:
  Impl(config::Config config, Ports ports);

  env::Task<Startup<void>> start();
  void abandon_start();
  env::Task<void> stop();
  BrokerId id() const { return id_; }
  void on_fatal(std::function<void(std::string)> told) { fatal_ = std::move(told); }

 private:
  // startup.cc
  using Step = env::Task<Startup<void>> (Impl::*)();
  env::Task<Startup<void>> connect();
  env::Task<Startup<void>> create_chroot(std::string chroot);
  env::Task<Startup<void>> identify();
  env::Task<Startup<void>> apply_dynamic_config();
  env::Task<Startup<void>> load_logs();
  env::Task<Startup<void>> make_rooms();
  void make_controller_channel();
  Startup<void> make_replica_manager();
  void make_followers();
  replica::TakeProducerIds producer_id_source();
  void make_services();
  void make_dynamic_config();
  void make_housekeeping();
  env::Task<Startup<void>> open_frontend();
  env::Task<Startup<void>> join();
  env::Task<Startup<void>> serve();

  // broker.cc
  void take_over(const config::Config& now);
  env::Task<void> on_session_expired();
  env::Task<void> on_new_session();
  env::Task<void> hand_over();
  env::Task<void> close_logs();
  env::Task<void> read_feature();

  config::Config config_;  // as it was at the start
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
  std::atomic<bool> told_short_of_brokers_{false};
  std::atomic<std::int64_t> feature_epoch_{-1};
  env::Gate background_;

  ConfigChanges config_changes_;
  std::unique_ptr<config::LiveConfig> live_config_;
  std::unique_ptr<Throttles> throttles_;
  std::unique_ptr<TopicConfigs> topic_configs_;
  std::unique_ptr<DynamicConfig> dynamic_config_;
  replica::MetadataCache metadata_;
  std::unique_ptr<ControllerChannel> controller_channel_;
  std::unique_ptr<replica::IsrUpdater> isr_updater_;
  std::unique_ptr<replica::ReplicaManager> replicas_;
  std::unique_ptr<follower::FetcherManager> fetchers_;
  std::unique_ptr<follower::DirectoryMover> mover_;
  std::unique_ptr<replica::FetchSessionCache> fetch_sessions_;
  std::unique_ptr<replica::ProducerIdManager> producer_ids_;
  std::unique_ptr<group::Coordinator> groups_;
  std::unique_ptr<controller::TopicAdmin> topics_;
  std::unique_ptr<controller::Controller> controller_;
  std::unique_ptr<api::Services> services_;
  std::unique_ptr<api::Dispatcher> dispatcher_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::unique_ptr<Frontend> frontend_;
  bool controller_started_ = false;
  std::function<void(std::string)> fatal_;
};

}  // namespace barnabas::broker
