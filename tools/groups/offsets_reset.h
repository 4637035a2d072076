// --reset-offsets being carried out: which offsets each group gets, and setting them.
//
// Owns        nothing.
// Threading   one executor.
// Kafka       tools/consumer/group/ConsumerGroupCommand.ConsumerGroupService.resetOffsets.
#pragma once

#include <string>
#include <vector>

#include "tools/console.h"
#include "tools/groups/group_tables.h"
#include "tools/groups/groups_cluster.h"
#include "tools/groups/groups_result.h"
#include "tools/options.h"

namespace barnabas::tools {

class OffsetsReset {
 public:
  OffsetsReset(const Arguments& arguments, GroupsCluster& cluster, env::Clock& clock,
               Console console)
      : arguments_(arguments), cluster_(cluster), clock_(clock), console_(console) {}

  env::Task<GroupsResult<>> run();

 private:
  using Partitions = std::vector<TopicPartition>;
  using Offsets = GroupsResult<PartitionOffsets>;

  env::Task<Offsets> reset(std::string group);
  env::Task<Offsets> reset_inactive(std::string group);
  env::Task<GroupsResult<Partitions>> scope(std::string group);

  // The offsets that the command line's target means for a group.
  env::Task<Offsets> target(std::string group, Partitions partitions);
  env::Task<Offsets> to_log_offset(Partitions partitions, Timestamp at);
  env::Task<Offsets> to_time(Partitions partitions, env::WallTime time);
  env::Task<Offsets> to_offset(Partitions partitions);
  env::Task<Offsets> to_current(std::string group, Partitions partitions);
  env::Task<Offsets> to_shifted(std::string group, Partitions partitions);
  env::Task<Offsets> to_file(std::string group);
  env::Task<Offsets> within_logs(PartitionOffsets wanted);

  GroupsResult<env::WallTime> target_time() const;

  const Arguments& arguments_;
  GroupsCluster& cluster_;
  env::Clock& clock_;
  Console console_;
};

}  // namespace barnabas::tools
