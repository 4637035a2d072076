#include "broker/config/topic_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace barnabas::broker::config {
namespace {

std::expected<Value, ConfigError> read(const KeySpec& spec, std::string_view text) {
  auto value = parse_value(spec.name, spec.type, text);
  if (!value) return value;
  if (auto checked = check_value(spec.name, spec.valid, *value); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  return value;
}

// Keys whose broker setting comes in several units.
std::optional<std::int64_t> computed_default(const KeySpec& spec, const Config& broker) {
  if (spec.name == "retention.ms") return broker.log_retention_ms();
  if (spec.name == "segment.ms") return broker.log_roll_ms();
  if (spec.name == "segment.jitter.ms") return broker.log_roll_jitter_ms();
  if (spec.name == "flush.ms") return broker.log_flush_interval_ms();
  return std::nullopt;
}

Value default_of(const KeySpec& spec, const Config& broker) {
  if (const auto computed = computed_default(spec, broker)) return Value(*computed);
  if (spec.broker_key != nullptr) return broker.value(spec.broker_key);
  auto value = parse_value(spec.name, spec.type, spec.default_text);
  assert(value);
  return std::move(*value);
}

log::CompressionType compression_of(std::string_view name) {
  using enum log::CompressionType;
  if (name == "uncompressed") return kUncompressed;
  if (name == "gzip") return kGzip;
  if (name == "snappy") return kSnappy;
  if (name == "lz4") return kLz4;
  if (name == "zstd") return kZstd;
  return kProducer;
}

ConfigError invalid_configuration(std::string_view key, std::string text) {
  auto error = config_error(key, std::move(text));
  error.kind = ConfigError::Kind::kInvalidConfiguration;
  return error;
}

// The older key speaks where the newer one was left alone.
std::int64_t timestamp_limit(std::int64_t newer, std::int64_t older) {
  return newer != std::numeric_limits<std::int64_t>::max() ? newer : older;
}

}  // namespace

std::expected<void, ConfigError> validate_topic(const Properties& overrides, const Config& broker) {
  for (const auto& [name, text] : overrides) {
    const KeySpec* spec = find_topic_key(name);
    if (spec == nullptr) {
      return std::unexpected(
          invalid_configuration(name, fmt::format("Unknown topic config name: {}", name)));
    }
    if (auto value = read(*spec, text); !value) return std::unexpected(std::move(value.error()));
  }
  const TopicConfig topic(overrides, broker);
  const auto least = topic[topic_key::min_compaction_lag_ms];
  const auto most = topic[topic_key::max_compaction_lag_ms];
  if (least > most) {
    return std::unexpected(invalid_configuration(
        "min.compaction.lag.ms", fmt::format("conflict topic config setting min.compaction.lag.ms "
                                             "({}) > max.compaction.lag.ms ({})",
                                             least, most)));
  }
  if (topic[topic_key::remote_storage_enable]) {
    return std::unexpected(
        config_error("remote.storage.enable",
                     "Tiered Storage functionality is disabled in the broker. Topic cannot be "
                     "configured with remote log storage."));
  }
  return {};
}

TopicConfig::TopicConfig(const Properties& overrides, const Config& broker) {
  for (const auto& spec : topic_keys()) {
    const auto given = overrides.find(spec.name);
    std::optional<Value> own;
    if (given != overrides.end()) {
      if (auto value = read(spec, given->second)) own = std::move(*value);
    }
    values_.push_back(own ? std::move(*own) : default_of(spec, broker));
  }
}

const Value& TopicConfig::value(std::string_view name) const {
  static const Value kNull;
  const KeySpec* spec = find_topic_key(name);
  return spec == nullptr ? kNull : values_[static_cast<std::size_t>(spec - topic_keys().data())];
}

log::LogConfig TopicConfig::log_config() const {
  namespace k = topic_key;
  const auto& t = *this;
  const auto& policies = t[k::cleanup_policy];
  const auto older = t[k::message_timestamp_difference_max_ms];
  log::LogConfig c;
  c.segment_bytes = t[k::segment_bytes];
  c.segment_ms = t[k::segment_ms];
  c.segment_jitter_ms = t[k::segment_jitter_ms];
  c.segment_index_bytes = t[k::segment_index_bytes];
  c.index_interval_bytes = t[k::index_interval_bytes];
  c.retention_ms = t[k::retention_ms];
  c.retention_bytes = t[k::retention_bytes];
  c.file_delete_delay_ms = t[k::file_delete_delay_ms];
  c.max_message_bytes = t[k::max_message_bytes];
  c.flush_messages = t[k::flush_messages];
  c.flush_ms = t[k::flush_ms];
  c.compact = has(policies, "compact");
  c.remove = has(policies, "delete");
  c.preallocate = t[k::preallocate];
  c.compression_type = compression_of(t[k::compression_type]);
  c.message_downconversion = t[k::message_downconversion_enable];
  c.gzip_level = t[k::compression_gzip_level];
  c.lz4_level = t[k::compression_lz4_level];
  c.zstd_level = t[k::compression_zstd_level];
  c.timestamp_type = t[k::message_timestamp_type] == "LogAppendTime"
                         ? log::TimestampType::kLogAppendTime
                         : log::TimestampType::kCreateTime;
  c.timestamp_before_max_ms = timestamp_limit(t[k::message_timestamp_before_max_ms], older);
  c.timestamp_after_max_ms = timestamp_limit(t[k::message_timestamp_after_max_ms], older);
  c.min_insync_replicas = t[k::min_insync_replicas];
  c.unclean_leader_election = t[k::unclean_leader_election_enable];
  c.delete_retention_ms = t[k::delete_retention_ms];
  c.min_compaction_lag_ms = t[k::min_compaction_lag_ms];
  c.max_compaction_lag_ms = t[k::max_compaction_lag_ms];
  c.min_cleanable_ratio = t[k::min_cleanable_dirty_ratio];
  return c;
}

}  // namespace barnabas::broker::config
