// partition.metadata: which topic id a partition's directory belongs to (KIP-516).
//
// Kafka       PartitionMetadataFile: two lines, no newline at the end.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "protocol/types.h"

namespace barnabas::log {

inline constexpr std::string_view kPartitionMetadataFile = "partition.metadata";

std::string format_partition_metadata(const TopicId& id);
std::expected<TopicId, std::string> parse_partition_metadata(std::string_view text,
                                                             const std::string& path);

}  // namespace barnabas::log
