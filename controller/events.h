// Everything that can make the controller act; two closed lists: what it is told (by watches,
// sessions, brokers' answers) and what it is asked. One handler file per family.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>

#include "controller/election_plan.h"
#include "controller/reply.h"
#include "protocol/error_code.h"
#include "protocol/messages/allocate_producer_ids.h"
#include "protocol/messages/alter_partition.h"
#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/controlled_shutdown.h"
#include "protocol/messages/list_partition_reassignments.h"
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
// Whose answer it is. In the queue it may be overtaken by the broker's next registration, with
// which all that was asked of it begins anew.
struct Answerer {
  ControllerEpoch term;
  BrokerId broker;
  BrokerEpoch registration;
};
struct TopicDeletionsChanged {};  // topic_deletions.cc
struct ReplicasDeleted {          // the answer to a StopReplica that deletes
  Answerer from;
  std::map<TopicPartition, ErrorCode> results;
};
struct LegacyElectionRequested {};  // leader_elections.cc
struct RebalanceDue {};
struct LegacyReassignmentsChanged {};  // legacy_reassignments.cc
struct IsrChangesAnnounced {};         // notifications.cc
struct LogDirsFailed {};
struct UncleanElectionsAllowed {  // leader_elections.cc
  std::string topic;              // empty: of every topic that does not say otherwise
};
struct HandOverDue {  // controlled_shutdown.cc: the step is answered, or takes too long
  ControllerEpoch term;
  std::uint64_t step = 0;
};
struct ReplicasOffline {  // the answers to LeaderAndIsr say so: all of this broker
  Answerer from;
  std::set<TopicPartition> replicas;
};

// A request whose meaning depends on the version it came in.
template <class Body>
struct Versioned {
  std::int16_t version = 0;
  Body body;
};

// A question to the elected one. Whoever is not elected, and whatever drops the event, gives the
// answer the reply was made with.
template <class Q, class A>
struct Asked {
  using Question = Q;
  using Answer = A;
  Question question;
  Reply<A> reply;
};
struct AlterPartition  // alter_partition.cc
    : Asked<Versioned<protocol::AlterPartitionRequest>, protocol::AlterPartitionResponse> {};
struct ControlledShutdown  // controlled_shutdown.cc
    : Asked<protocol::ControlledShutdownRequest, protocol::ControlledShutdownResponse> {};
struct AllocateProducerIds  // producer_ids.cc
    : Asked<protocol::AllocateProducerIdsRequest, protocol::AllocateProducerIdsResponse> {};
struct ElectLeaders : Asked<ElectionRequest, ElectionResults> {};  // leader_elections.cc
struct AlterPartitionReassignments                                 // reassignments.cc
    : Asked<protocol::AlterPartitionReassignmentsRequest,
            protocol::AlterPartitionReassignmentsResponse> {};
struct ListPartitionReassignments : Asked<protocol::ListPartitionReassignmentsRequest,
                                          protocol::ListPartitionReassignmentsResponse> {};

}  // namespace barnabas::controller::events

namespace barnabas::controller {

using RoleEvent =
    std::variant<events::BrokersChanged, events::BrokerModified, events::TopicsChanged,
                 events::PartitionsModified, events::TopicDeletionsChanged, events::ReplicasDeleted,
                 events::LegacyElectionRequested, events::RebalanceDue,
                 events::LegacyReassignmentsChanged, events::IsrChangesAnnounced,
                 events::LogDirsFailed, events::ReplicasOffline, events::UncleanElectionsAllowed,
                 events::HandOverDue>;
using RoleRequest =
    std::variant<events::AlterPartition, events::ControlledShutdown, events::AllocateProducerIds,
                 events::ElectLeaders, events::AlterPartitionReassignments,
                 events::ListPartitionReassignments>;
using Event = std::variant<events::Startup, events::Reelect, events::ControllerChanged,
                           events::Expire, events::Shutdown, RoleEvent, RoleRequest>;

}  // namespace barnabas::controller
