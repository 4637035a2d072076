// What a topic's configuration says to its log (topic-level names of Kafka, in their units).
#pragma once

#include <cstdint>
#include <limits>

namespace barnabas::log {

enum class TimestampType { kCreateTime, kLogAppendTime };
enum class CompressionType { kProducer, kUncompressed, kGzip, kSnappy, kLz4, kZstd };

struct LogConfig {
  std::int32_t segment_bytes = 1 << 30;
  std::int64_t segment_ms = 604'800'000;
  std::int64_t segment_jitter_ms = 0;
  std::int32_t segment_index_bytes = 10 << 20;
  std::int32_t index_interval_bytes = 4096;
  std::int64_t retention_ms = 604'800'000;  // -1: for ever
  std::int64_t retention_bytes = -1;        // -1: no limit
  std::int64_t file_delete_delay_ms = 60'000;
  std::int32_t max_message_bytes = 1'048'588;
  std::int64_t flush_messages = std::numeric_limits<std::int64_t>::max();
  std::int64_t flush_ms = std::numeric_limits<std::int64_t>::max();
  bool compact = false;  // cleanup.policy
  bool remove = true;    // cleanup.policy contains delete
  bool preallocate = false;
  CompressionType compression_type = CompressionType::kProducer;
  int gzip_level = -1;
  int lz4_level = 9;
  int zstd_level = 3;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  std::int64_t timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t timestamp_after_max_ms = std::numeric_limits<std::int64_t>::max();
  bool message_downconversion = true;  // for fetchers older than magic 2
  std::int32_t min_insync_replicas = 1;
  bool unclean_leader_election = false;
  std::int64_t delete_retention_ms = 86'400'000;  // how long a tombstone outlives its cleaning
  std::int64_t min_compaction_lag_ms = 0;
  std::int64_t max_compaction_lag_ms = std::numeric_limits<std::int64_t>::max();
  double min_cleanable_ratio = 0.5;
  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

}  // namespace barnabas::log
