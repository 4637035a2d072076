// What kafka-topics needs of a cluster; behind it stand the brokers or ZooKeeper itself.
//
// Threading   one executor, one call at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "env/task.h"
#include "protocol/types.h"
#include "tools/admin_client.h"

namespace barnabas::tools {

struct TopicName {
  std::string name;
  TopicId id;  // zero: none
  bool internal = false;
};

struct PartitionView {
  PartitionIndex index;
  BrokerId leader = kNoBroker;
  bool leader_alive = false;
  std::vector<BrokerId> replicas;
  std::vector<BrokerId> isr;
  std::vector<BrokerId> adding;  // while it is being reassigned
  std::vector<BrokerId> removing;
};

struct TopicView {
  TopicName topic;
  std::vector<PartitionView> partitions;  // by index
  std::vector<std::pair<std::string, std::string>> overrides;
  std::optional<std::int32_t> min_insync_replicas;  // nothing: not known
  bool marked_for_deletion = false;
};

using Assignment = std::vector<std::vector<BrokerId>>;  // replicas of partition 0, 1, ...

struct NewTopic {
  std::string name;
  std::optional<std::int32_t> partitions;
  std::optional<std::int16_t> replication_factor;
  Assignment assignment;  // instead of the two
  std::vector<std::pair<std::string, std::string>> configs;
};

class TopicService {
 public:
  virtual ~TopicService() = default;
  virtual env::Task<AdminResult<std::vector<TopicName>>> list() = 0;
  virtual env::Task<AdminResult<void>> create(NewTopic topic) = 0;
  virtual env::Task<AdminResult<std::vector<TopicView>>> describe(
      std::vector<TopicName> topics) = 0;
  // `total`: partitions afterwards. `assignment`: of all of them, those that exist included; may be
  // empty.
  virtual env::Task<AdminResult<void>> add_partitions(std::vector<TopicName> topics,
                                                      std::int32_t total,
                                                      Assignment assignment) = 0;
  virtual env::Task<AdminResult<void>> remove(std::vector<TopicName> topics) = 0;
};

}  // namespace barnabas::tools
