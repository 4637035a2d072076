#include "broker/group/offset_store.h"

namespace barnabas::broker::group {
namespace {

bool is_past(const CommittedOffset& committed, const ExpiryRule& rule, Timestamp now,
             std::chrono::milliseconds retention) {
  if (committed.expire_time) return now >= *committed.expire_time;
  return now - rule.empty_since.value_or(committed.commit_time) >= retention.count();
}

}  // namespace

OffsetStore::Stage OffsetStore::stage(std::span<const Commit> commits) {
  const Stage stage = ++last_stage_;
  for (const auto& commit : commits) pending_.insert_or_assign(commit.tp, stage);
  return stage;
}

void OffsetStore::settle(Stage stage, std::span<const Commit> commits,
                         std::optional<Offset> written) {
  for (const auto& commit : commits) {
    const auto pending = pending_.find(commit.tp);
    // Removed since (its topic was deleted): it must not come back.
    if (pending == pending_.end()) continue;
    if (written) load(commit.tp, commit.value, *written);
  }
  for (const auto& commit : commits) {
    const auto pending = pending_.find(commit.tp);
    if (pending != pending_.end() && pending->second == stage) pending_.erase(pending);
  }
}

void OffsetStore::load(const TopicPartition& tp, CommittedOffset committed, Offset written) {
  auto& entry = topics_[tp.topic][tp.partition];
  if (written < entry.written) return;
  entry = {std::move(committed), written};
}

std::size_t OffsetStore::size() const {
  std::size_t count = 0;
  for (const auto& [topic, partitions] : topics_) count += partitions.size();
  return count;
}

const OffsetStore::Entry* OffsetStore::entry(const TopicPartition& tp) const {
  const auto topic = topics_.find(tp.topic);
  if (topic == topics_.end()) return nullptr;
  const auto partition = topic->second.find(tp.partition);
  return partition == topic->second.end() ? nullptr : &partition->second;
}

std::optional<CommittedOffset> OffsetStore::find(const TopicPartition& tp) const {
  const auto* found = entry(tp);
  return found ? std::optional(found->committed) : std::nullopt;
}

FetchedOffset OffsetStore::fetch_one(const TopicPartition& tp, bool require_stable) const {
  FetchedOffset answer;
  answer.partition = tp.partition;
  if (require_stable && is_unstable(tp)) {
    answer.error = ErrorCode::kUnstableOffsetCommit;
    return answer;
  }
  const auto* found = entry(tp);
  if (!found) return answer;
  answer.offset = found->committed.offset;
  answer.leader_epoch = found->committed.leader_epoch;
  answer.metadata = found->committed.metadata;
  return answer;
}

std::vector<FetchedTopic> OffsetStore::fetch(
    const std::optional<std::vector<TopicPartitions>>& wanted, bool require_stable) const {
  std::vector<FetchedTopic> answer;
  const auto add = [&](FetchedTopic& into, const std::string& topic, PartitionIndex partition) {
    into.partitions.push_back(fetch_one({topic, partition}, require_stable));
  };
  if (wanted) {
    for (const auto& [topic, partitions] : *wanted) {
      auto& row = answer.emplace_back(topic);
      for (const auto partition : partitions) add(row, topic, partition);
    }
    return answer;
  }
  for (const auto& [topic, partitions] : topics_) {
    auto& row = answer.emplace_back(topic);
    for (const auto& [partition, entry] : partitions) add(row, topic, partition);
  }
  return answer;
}

std::vector<TopicPartition> OffsetStore::expired(const ExpiryRule& rule, Timestamp now,
                                                 std::chrono::milliseconds retention) const {
  std::vector<TopicPartition> past;
  for (const auto& [topic, partitions] : topics_) {
    if (rule.subscribed.contains(topic)) continue;
    for (const auto& [partition, entry] : partitions) {
      TopicPartition tp{topic, partition};
      if (is_unstable(tp) || !is_past(entry.committed, rule, now, retention)) continue;
      past.push_back(std::move(tp));
    }
  }
  return past;
}

std::vector<TopicPartition> OffsetStore::remove(std::span<const TopicPartition> partitions) {
  std::vector<TopicPartition> removed;
  for (const auto& tp : partitions) {
    pending_.erase(tp);
    const auto topic = topics_.find(tp.topic);
    if (topic == topics_.end() || topic->second.erase(tp.partition) == 0) continue;
    if (topic->second.empty()) topics_.erase(topic);
    removed.push_back(tp);
  }
  return removed;
}

std::vector<TopicPartition> OffsetStore::all() const {
  std::set<TopicPartition> partitions;
  for (const auto& [topic, entries] : topics_) {
    for (const auto& [partition, entry] : entries) partitions.insert({topic, partition});
  }
  for (const auto& [tp, stage] : pending_) partitions.insert(tp);
  return {partitions.begin(), partitions.end()};
}

}  // namespace barnabas::broker::group
