// The configuration in the words of each room: what of it a room is told when it is made.
//
// Does not    fill in what rooms need of each other (functions, pointers): startup.cc does.
// Threading   pure.
#pragma once

#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/controlled_shutdown.h"
#include "broker/controller_channel.h"
#include "broker/follower/directory_mover.h"
#include "broker/follower/fetcher_manager.h"
#include "broker/group/coordinator_config.h"
#include "broker/membership.h"
#include "broker/replica/replica_manager.h"
#include "controller/controller.h"
#include "log/log_manager.h"
#include "zk/session.h"
#include "zk/values.h"

namespace barnabas::broker {

zk::SessionConfig session_config(const config::Config& config);
log::LogManagerConfig log_manager_config(const config::Config& config);
controller::Ibp inter_broker_protocol(const config::Config& config);
controller::ControllerConfig controller_config(const config::Config& config, BrokerId self);
ControllerChannelConfig controller_channel_config(const config::Config& config, BrokerId self);
ControlledShutdownConfig controlled_shutdown_config(const config::Config& config, BrokerId self);
Startup<replica::ReplicaManagerConfig> replica_manager_config(const config::Config& config,
                                                              BrokerId self);
follower::FetcherManagerConfig fetcher_manager_config(const config::Config& config, BrokerId self);
follower::MoverConfig mover_config(const config::Config& config);
group::ShardConfig group_shard_config(const config::Config& config);

// The advertised endpoints; port 0 is replaced by the one really bound (`bound_ports` is as
// config.listeners()).
zk::BrokerRegistration registration(const config::Config& config,
                                    const std::vector<std::uint16_t>& bound_ports,
                                    env::WallTime now);

}  // namespace barnabas::broker
