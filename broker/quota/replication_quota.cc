#include "broker/quota/replication_quota.h"

#include <charconv>

namespace barnabas::broker::quota {
namespace {

std::optional<std::int32_t> number(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

ThrottledPartitions throttled_partitions(std::string_view text, BrokerId self) {
  if (trimmed(text) == "*") return std::nullopt;
  std::set<PartitionIndex> partitions;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto item = trimmed(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const auto colon = item.find(':');
    if (colon == std::string_view::npos) continue;
    const auto partition = number(item.substr(0, colon));
    const auto broker = number(item.substr(colon + 1));
    if (partition && broker == self.value) partitions.insert(PartitionIndex{*partition});
  }
  return partitions;
}

void ReplicationQuota::throttle(const std::string& topic, ThrottledPartitions partitions) {
  const std::lock_guard lock(mutex_);
  throttled_.insert_or_assign(topic, std::move(partitions));
  any_ = true;
}

void ReplicationQuota::release(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  throttled_.erase(topic);
  any_ = !throttled_.empty();
}

bool ReplicationQuota::is_throttled(std::string_view topic, PartitionIndex partition) const {
  if (!any_) return false;
  const std::lock_guard lock(mutex_);
  const auto at = throttled_.find(topic);
  if (at == throttled_.end()) return false;
  return !at->second || at->second->contains(partition);
}

bool ReplicationQuota::is_exceeded() {
  const std::int64_t limit = limit_;
  if (limit == kUnlimited) return false;
  const std::lock_guard lock(mutex_);
  return rate_.bytes_per_second(clock_->now()) > static_cast<double>(limit);
}

void ReplicationQuota::record(std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  rate_.record(bytes, clock_->now());
}

}  // namespace barnabas::broker::quota
