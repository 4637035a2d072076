// Everything that can make the controller act; a closed list. One handler file per family.
#pragma once

#include <map>
#include <string>
#include <variant>

#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::controller::events {

// Of every broker, elected or not (controller.cc).
struct Startup {};
struct Reelect {};            // /controller is gone, or we have a new session
struct ControllerChanged {};  // /controller was made or rewritten
struct Expire {};
struct Shutdown {};

// Of the elected one.
struct BrokersChanged {};  // broker_changes.cc
struct BrokerModified {
  BrokerId broker;
};
struct TopicsChanged {};  // topic_changes.cc
struct PartitionsModified {
  std::string topic;
};
struct TopicDeletionsChanged {};  // topic_deletions.cc
struct ReplicasDeleted {          // the answer to a StopReplica that deletes
  ControllerEpoch term;
  BrokerId broker;
  std::map<TopicPartition, ErrorCode> results;
};
struct PreferredElectionRequested {};  // preferred_election.cc

}  // namespace barnabas::controller::events

namespace barnabas::controller {

using RoleEvent =
    std::variant<events::BrokersChanged, events::BrokerModified, events::TopicsChanged,
                 events::PartitionsModified, events::TopicDeletionsChanged, events::ReplicasDeleted,
                 events::PreferredElectionRequested>;
using Event = std::variant<events::Startup, events::Reelect, events::ControllerChanged,
                           events::Expire, events::Shutdown, RoleEvent>;

}  // namespace barnabas::controller
