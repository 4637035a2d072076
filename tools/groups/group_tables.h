// What kafka-consumer-groups prints, in the columns of Java's printf.
//
// Kafka       tools/consumer/group/ConsumerGroupCommand, its missing line breaks included.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/groups/groups_cluster.h"
#include "tools/groups/reset_plan.h"

namespace barnabas::tools {

// A partition of --describe.
struct OffsetRow {
  TopicPartition partition;
  std::optional<Offset> committed;
  std::optional<Offset> end;
  std::string consumer = "-";
  std::string host = "-";
  std::string client = "-";
};

std::string show_listings(const std::vector<GroupListing>& listings, bool types, bool states);

std::string show_offsets(const std::string& group, const std::vector<OffsetRow>& rows);
std::string show_members(const std::string& group, const std::vector<GroupMember>& members,
                         bool verbose);
std::string show_state(const GroupDescription& group);

// Each group's offsets, groups and partitions in the order of a Java hash table.
using ResetOffsets = std::vector<std::pair<std::string, PartitionOffsets>>;
std::string show_reset(const ResetOffsets& offsets);
std::string show_reset_lines(const ResetOffsets& offsets, bool with_group);

// What became of a group's offsets of a partition, or of a topic that is not there (index -1).
struct DeletedRow {
  TopicPartition partition;
  std::string error;  // empty: none
};
std::string show_deleted(std::vector<DeletedRow> rows);

}  // namespace barnabas::tools
