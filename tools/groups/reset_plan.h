// Which offsets a reset sets: decided from what is known of the group and its partitions.
//
// Does not    ask anybody.
// Kafka       tools/consumer/group/ConsumerGroupCommand.ConsumerGroupService.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include "protocol/types.h"

namespace barnabas::tools {

using PartitionOffsets = std::map<TopicPartition, Offset>;
using ResetPlan = std::map<std::string, PartitionOffsets>;  // by group

// What --topic options name: topics with all their partitions, and partitions.
struct TopicScope {
  std::vector<std::string> topics;
  std::vector<TopicPartition> partitions;
};
// "t", "t:0,2"; the error is a sentence about the command line.
std::expected<TopicScope, std::string> parse_topic_scope(const std::vector<std::string>& given);

// Every partition once; the error names one that is there twice.
std::expected<void, std::string> check_distinct(const std::vector<TopicPartition>& partitions);

// The error names a partition that has no offset to begin with.
std::expected<PartitionOffsets, std::string> shifted(const std::vector<TopicPartition>& partitions,
                                                     const PartitionOffsets& committed,
                                                     std::int64_t by);

// Offsets moved to where the logs begin or end, if they lay outside, and a sentence for each.
struct Confined {
  PartitionOffsets offsets;
  std::vector<std::string> warnings;
};
Confined confined(const PartitionOffsets& wanted, const PartitionOffsets& earliest,
                  const PartitionOffsets& latest);

}  // namespace barnabas::tools
