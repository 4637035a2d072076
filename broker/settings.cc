#include "broker/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/config/topic_config.h"

namespace barnabas::broker {

using std::chrono::milliseconds;
namespace key = config::key;

zk::SessionConfig session_config(const config::Config& config) {
  return {.connect = config[key::zookeeper_connect],
          .timeout = milliseconds(config[key::zookeeper_session_timeout_ms]),
          .max_inflight = static_cast<std::size_t>(config[key::zookeeper_max_in_flight_requests])};
}

log::LogManagerConfig log_manager_config(const config::Config& config) {
  log::LogManagerConfig logs;
  logs.directories = config.log_dirs();
  logs.recovery_threads_per_directory = config[key::num_recovery_threads_per_data_dir];
  logs.defaults =
      std::make_shared<const log::LogConfig>(config::TopicConfig({}, config).log_config());
  logs.producer_id_expiration_ms = config[key::producer_id_expiration_ms];
  return logs;
}

controller::Ibp inter_broker_protocol(const config::Config& config) {
  return controller::parse_ibp(config.inter_broker_protocol_version())
      .value_or(controller::kLatestIbp);
}

controller::ControllerConfig controller_config(const config::Config& config, BrokerId self) {
  controller::ControllerConfig controller;
  controller.broker_id = self;
  controller.inter_broker_listener = config.inter_broker_listener().name;
  controller.control_plane_listener = config.control_plane_listener().value_or("");
  controller.ibp = inter_broker_protocol(config);
  controller.delete_topic_enable = config[key::delete_topic_enable];
  controller.auto_leader_rebalance = config[key::auto_leader_rebalance_enable];
  controller.leader_imbalance_check_interval =
      std::chrono::seconds(config[key::leader_imbalance_check_interval_seconds]);
  controller.leader_imbalance_percentage = config[key::leader_imbalance_per_broker_percentage];
  controller.unclean_leader_election = config[key::unclean_leader_election_enable];
  controller.socket_timeout = milliseconds(config[key::controller_socket_timeout_ms]);
  controller.session_timeout = milliseconds(config[key::zookeeper_session_timeout_ms]);
  return controller;
}

ControllerChannelConfig controller_channel_config(const config::Config& config, BrokerId self) {
  return {.self = self,
          .listener = config.control_plane_listener().value_or(config.inter_broker_listener().name),
          .timeout = milliseconds(config[key::controller_socket_timeout_ms])};
}

ControlledShutdownConfig controlled_shutdown_config(const config::Config& config, BrokerId self) {
  ControlledShutdownConfig leaving;
  leaving.self = self;
  leaving.tries = config[key::controlled_shutdown_max_retries];
  leaving.back_off = milliseconds(config[key::controlled_shutdown_retry_backoff_ms]);
  leaving.version = inter_broker_protocol(config).controlled_shutdown();
  return leaving;
}

Startup<replica::ReplicaManagerConfig> replica_manager_config(const config::Config& config,
                                                              BrokerId self) {
  replica::ReplicaManagerConfig replicas;
  replicas.self = self;
  replicas.replica_lag_time_max = milliseconds(config[key::replica_lag_time_max_ms]);
  const auto selector = config.find(key::replica_selector_class);
  if (!selector) return replicas;
  const auto known = replica::parse_replica_selector(*selector);
  if (!known) {
    return std::unexpected(fmt::format(
        "replica.selector.class {} is none of the two that come with Kafka", *selector));
  }
  replicas.selector = *known;
  return replicas;
}

follower::FetcherManagerConfig fetcher_manager_config(const config::Config& config, BrokerId self) {
  follower::FetcherManagerConfig fetchers;
  fetchers.fetchers_per_broker = std::max(1, config[key::num_replica_fetchers]);
  fetchers.listener = config.inter_broker_listener().name;
  follower::FetcherConfig& fetcher = fetchers.fetcher;
  fetcher.self = self;
  fetcher.ibp = inter_broker_protocol(config);
  fetcher.back_off = milliseconds(config[key::replica_fetch_backoff_ms]);
  fetcher.socket_timeout = milliseconds(config[key::replica_socket_timeout_ms]);
  fetcher.max_wait = Millis{config[key::replica_fetch_wait_max_ms]};
  fetcher.min_bytes = config[key::replica_fetch_min_bytes];
  fetcher.partition_max_bytes = config[key::replica_fetch_max_bytes];
  fetcher.max_bytes = config[key::replica_fetch_response_max_bytes];
  return fetchers;
}

follower::MoverConfig mover_config(const config::Config& config) {
  return {.back_off = milliseconds(config[key::replica_fetch_backoff_ms]),
          .piece_bytes = static_cast<std::uint32_t>(config[key::replica_fetch_max_bytes])};
}

group::ShardConfig group_shard_config(const config::Config& config) {
  group::ShardConfig shard;
  shard.group.initial_rebalance_delay = Millis{config[key::group_initial_rebalance_delay_ms]};
  shard.group.max_size = config[key::group_max_size];
  shard.group.min_session_timeout = Millis{config[key::group_min_session_timeout_ms]};
  shard.group.max_session_timeout = Millis{config[key::group_max_session_timeout_ms]};
  shard.log.acks = config[key::offsets_commit_required_acks];
  shard.log.timeout = milliseconds(config[key::offsets_commit_timeout_ms]);
  shard.log.codec = static_cast<records::Codec>(config[key::offsets_topic_compression_codec]);
  shard.max_metadata = static_cast<std::size_t>(config[key::offset_metadata_max_bytes]);
  shard.load_piece = static_cast<std::uint32_t>(config[key::offsets_load_buffer_size]);
  shard.retention = std::chrono::minutes(config[key::offsets_retention_minutes]);
  shard.expiry_interval = milliseconds(config[key::offsets_retention_check_interval_ms]);
  return shard;
}

zk::BrokerRegistration registration(const config::Config& config,
                                    const std::vector<std::uint16_t>& bound_ports,
                                    env::WallTime now) {
  zk::BrokerRegistration node;
  const auto bound = config.listeners();
  for (const auto& advertised : config.advertised_listeners()) {
    zk::BrokerEndpoint endpoint;
    endpoint.listener = advertised.name;
    endpoint.security_protocol = config::name_of(advertised.security_protocol);
    endpoint.host = advertised.host;
    endpoint.port = advertised.port;
    for (std::size_t i = 0; i < bound.size(); ++i) {
      if (endpoint.port == 0 && bound[i].name == advertised.name) endpoint.port = bound_ports[i];
    }
    node.endpoints.push_back(std::move(endpoint));
  }
  if (const auto rack = config.find(key::broker_rack)) node.rack = *rack;
  node.timestamp = Timestamp{now.count()};
  return node;
}

}  // namespace barnabas::broker
