// Names of the directories inside a log directory: `topic-3`, and the three marked kinds.
//
// Kafka       LocalLog.parseTopicPartitionName, logDeleteDirName.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "protocol/types.h"

namespace barnabas::log {

enum class DirectoryKind { kCurrent, kDelete, kFuture, kStray };

struct PartitionDirectory {
  TopicPartition tp;
  DirectoryKind kind = DirectoryKind::kCurrent;
};

inline constexpr std::string_view kRemoteIndexCache =
    "remote-log-index-cache";  // tiered storage's; skipped

// `log_dir` is only for the error text. An error here stops the broker's start-up, as in Kafka: a
// directory that is not a partition's hints at a wrong log.dirs.
std::expected<PartitionDirectory, std::string> parse_partition_directory(std::string_view log_dir,
                                                                         std::string_view name);

// `topic-3.<32 hex>-delete`; the topic is cut so that the name stays within 255 bytes.
std::string delete_directory_name(const TopicPartition& tp, const Uuid& unique);
std::string stray_directory_name(const TopicPartition& tp, const Uuid& unique);
// `topic-3.<32 hex>-future`: the copy of a log that moves to another log directory. Never cut;
// empty if it would be longer than 255 bytes.
std::string future_directory_name(const TopicPartition& tp, const Uuid& unique);
bool is_future_directory(std::string_view path);
// The log directory that a log's directory lies in.
std::string parent_directory(std::string_view path);

}  // namespace barnabas::log
