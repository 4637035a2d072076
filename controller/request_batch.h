// What the brokers are to be told after one step of a state machine, gathered per broker.
//
// Owns        the partitions to mention, until finish() turns them into requests.
// Does not    send (senders do), know wire versions (requests.h does) or change the context.
// Threading   the controller's executor.
// Invariants  empty before a step begins; finish() leaves it empty. Order: every LeaderAndIsr, then
//             every UpdateMetadata, then every StopReplica.
// Kafka       controller.AbstractControllerBrokerRequestBatch. Differs: what UpdateMetadata says is
//             read from the context at finish(), not when the partition was added.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "controller/context.h"

namespace barnabas::controller {

struct LeaderAndIsrPartition {
  LeaderAndIsr leadership;
  zk::PartitionAssignment assignment;
  bool is_new = false;  // the replica has just been assigned: create its log
};
struct SendLeaderAndIsr {
  std::map<std::string, std::map<PartitionIndex, LeaderAndIsrPartition>> topics;
  std::map<std::string, TopicId> ids;
  std::map<BrokerId, zk::BrokerRegistration> live_leaders;
};

struct UpdateMetadataPartition {
  LeaderAndIsr leadership;  // leader -2, epochs 0 while the topic is being deleted
  std::vector<BrokerId> replicas;
  std::vector<BrokerId> offline;
};
struct SendUpdateMetadata {
  std::map<std::string, std::map<PartitionIndex, UpdateMetadataPartition>> topics;
  std::map<std::string, TopicId> ids;
  std::map<BrokerId, zk::BrokerRegistration> live_brokers;
};

struct StopReplicaPartition {
  LeaderEpoch leader_epoch;  // -2 while deleting, -1 if unknown
  bool remove = false;       // delete the log too
};
struct SendStopReplica {
  std::map<std::string, std::map<PartitionIndex, StopReplicaPartition>> topics;
};

using RequestBody = std::variant<SendLeaderAndIsr, SendUpdateMetadata, SendStopReplica>;

// Shared by requests that are awaited together. It says so when the last of them is no more:
// answered, or given up.
class Receipt {
 public:
  explicit Receipt(std::function<void()> all_gone) : all_gone_(std::move(all_gone)) {}
  ~Receipt() { all_gone_(); }
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;

 private:
  std::function<void()> all_gone_;
};

// One request to one broker; the body may be shared with others.
struct Outgoing {
  BrokerId to;
  BrokerEpoch broker_epoch;
  std::shared_ptr<const RequestBody> body;
  std::shared_ptr<const Receipt> receipt = nullptr;
};

class RequestBatch {
 public:
  explicit RequestBatch(const Context& context) : context_(context) {}

  // Also mentions the partition in UpdateMetadata to everybody.
  void add_leader_and_isr(const std::vector<BrokerId>& to, const TopicPartition& tp,
                          const Partition& partition, bool is_new);
  void add_stop_replica(BrokerId to, const TopicPartition& tp, bool remove);
  // With no partitions: only which brokers there are.
  void add_update_metadata(const std::vector<BrokerId>& to,
                           const std::vector<TopicPartition>& partitions);

  bool empty() const;
  // Requests to brokers that are no longer there are dropped.
  std::vector<Outgoing> finish();

 private:
  void finish_leader_and_isr(std::vector<Outgoing>& out);
  void finish_update_metadata(std::vector<Outgoing>& out);
  void finish_stop_replica(std::vector<Outgoing>& out);
  SendUpdateMetadata metadata() const;

  const Context& context_;
  std::map<BrokerId, SendLeaderAndIsr> leader_and_isr_;
  std::map<BrokerId, SendStopReplica> stop_replica_;
  std::set<BrokerId> metadata_to_;
  std::set<TopicPartition> metadata_about_;
};

}  // namespace barnabas::controller
