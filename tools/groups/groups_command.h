// One command line of kafka-consumer-groups being carried out, --reset-offsets apart.
//
// Owns        nothing.
// Threading   one executor.
// Kafka       tools/consumer/group/ConsumerGroupCommand.
#pragma once

#include <string>
#include <vector>

#include "tools/console.h"
#include "tools/groups/group_tables.h"
#include "tools/groups/groups_cluster.h"
#include "tools/groups/groups_result.h"
#include "tools/options.h"

namespace barnabas::tools {

// "\nError: TEXT\n", on standard output as all that this tool has to say.
void print_group_error(std::string_view text, Console console);

// The groups that --group or --all-groups name, each once.
env::Task<GroupsResult<std::vector<std::string>>> named_groups(GroupsCluster* cluster,
                                                               const Arguments* arguments);

class GroupsCommand {
 public:
  GroupsCommand(const Arguments& arguments, GroupsCluster& cluster, Console console)
      : arguments_(arguments), cluster_(cluster), console_(console) {}

  env::Task<GroupsResult<>> list();
  env::Task<GroupsResult<>> describe();
  env::Task<GroupsResult<>> remove();
  env::Task<GroupsResult<>> delete_offsets();

 private:
  using Rows = std::vector<OffsetRow>;

  env::Task<GroupsResult<>> show_offsets_of(std::vector<GroupDescription> groups);
  env::Task<GroupsResult<Rows>> rows_of(GroupDescription group);
  env::Task<GroupsResult<Rows>> rows_of_partitions(std::vector<TopicPartition> partitions,
                                                   PartitionOffsets committed, OffsetRow common);
  env::Task<GroupsResult<std::vector<TopicPartition>>> partitions_to_delete(
      std::vector<DeletedRow>* unknown);
  // Says what is to be said of a group's state; whether a table follows.
  bool announce(const GroupDescription& group, std::size_t rows) const;

  const Arguments& arguments_;
  GroupsCluster& cluster_;
  Console console_;
};

}  // namespace barnabas::tools
