// A log in memory: batches are counts of records, one byte each. It keeps offsets, epochs,
// timestamps and open transactions, so that the partition's own rules can be tested without a disk.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"

namespace barnabas::broker::replica::testing {

class MemoryLog final : public log::Log {
 public:
  explicit MemoryLog(TopicPartition tp, TopicId id = {}, std::string directory = {})
      : tp_(std::move(tp)), id_(id), directory_(std::move(directory)) {
    if (directory_.empty()) directory_ = "/data/" + to_string(tp_);
  }

  const TopicPartition& topic_partition() const override { return tp_; }
  std::string directory() const override { return directory_; }
  TopicId topic_id() const override { return id_; }
  Result<void> assign_topic_id(TopicId id) override {
    if (!id_.is_zero() && id_ != id) return std::unexpected(ErrorCode::kInconsistentTopicId);
    id_ = id;
    return {};
  }
  std::shared_ptr<const log::LogConfig> config() const override { return config_; }
  void update_config(std::shared_ptr<const log::LogConfig> config) override { config_ = config; }
  Offset log_start_offset() const override { return start_; }
  Offset log_end_offset() const override { return end_; }
  Offset recovery_point() const override { return start_; }
  std::uint64_t size() const override { return static_cast<std::uint64_t>(end_ - start_); }
  std::size_t segment_count() const override { return 1; }
  Offset last_stable_offset(Offset high_watermark) const override {
    return std::min(high_watermark, first_unstable.value_or(high_watermark));
  }
  std::optional<LeaderEpoch> latest_epoch() const override {
    if (epochs_.empty()) return std::nullopt;
    return epochs_.rbegin()->first;
  }

  bool has_open_transaction(ProducerId) const override { return first_unstable.has_value(); }
  std::vector<log::ProducerEntry> active_producers() const override { return {}; }

  std::vector<log::Appended> append_as_leader(std::span<log::Appendable> sets, LeaderEpoch epoch,
                                              Timestamp) override {
    ++writes;
    std::vector<log::Appended> answers;
    for (const log::Appendable& set : sets) answers.push_back(append(set.records.size(), epoch));
    return answers;
  }
  Result<log::Appended> append_as_follower(env::Bytes records, Timestamp) override {
    if (broken) return std::unexpected(ErrorCode::kKafkaStorageError);
    if (corrupt) return std::unexpected(ErrorCode::kCorruptMessage);
    if (refuse_next) return std::unexpected(*std::exchange(refuse_next, std::nullopt));
    if (records.empty() || records[0] == std::byte{0}) {
      return append(records.size(), latest_epoch().value_or(LeaderEpoch{0}));
    }
    // What a leader sends in these tests: each record is its epoch.
    log::Appended last;
    for (const std::byte epoch : records) {
      last = append(1, LeaderEpoch{std::to_integer<int>(epoch)});
    }
    return last;
  }

  Result<log::ReadSlice> read(Offset from, std::uint32_t max_bytes, bool min_one_batch,
                              Offset upper_bound) override {
    if (const auto first = std::exchange(before_read, nullptr)) first();
    if (broken) return std::unexpected(ErrorCode::kKafkaStorageError);
    if (from < start_ || from > end_) return std::unexpected(ErrorCode::kOffsetOutOfRange);
    log::ReadSlice slice{.base_offset = from, .log_start = start_, .log_end = end_};
    for (const auto& [base, size] : batches_) {
      const Offset next = base + static_cast<std::int64_t>(size);
      if (next <= from) continue;
      if (next > upper_bound) break;
      const bool first = slice.slice.length == 0;
      if (slice.slice.length + size <= max_bytes || (first && min_one_batch)) {
        slice.slice.length += static_cast<std::uint32_t>(size);
        continue;
      }
      slice.first_batch_cut = first;
      slice.slice.length = std::max(slice.slice.length, max_bytes);
      break;
    }
    return slice;
  }
  std::vector<log::AbortedTransaction> aborted_transactions(Offset, Offset) override {
    return aborted;
  }
  Result<log::TimestampAndOffset> offset_for_timestamp(Timestamp at) override {
    for (const auto& [when, offset] : times) {
      if (when >= at)
        return log::TimestampAndOffset{when, offset,
                                       epoch_of_offset(offset).value_or(kNoLeaderEpoch)};
    }
    return log::TimestampAndOffset{};
  }
  Result<log::TimestampAndOffset> offset_of_max_timestamp() override {
    if (times.empty()) return log::TimestampAndOffset{};
    const auto& [when, offset] = *times.rbegin();
    return log::TimestampAndOffset{when, offset, epoch_of_offset(offset).value_or(kNoLeaderEpoch)};
  }
  Result<std::vector<log::SegmentStart>> segment_starts(Timestamp now) const override {
    if (broken) return std::unexpected(ErrorCode::kKafkaStorageError);
    auto all = starts;
    all.push_back({end_, now});
    return all;
  }
  log::EpochEnd end_offset_for_epoch(LeaderEpoch epoch) const override {
    if (epochs_.empty() || epoch > epochs_.rbegin()->first) return {};
    if (epoch == epochs_.rbegin()->first) return {epoch, end_};
    const auto next = epochs_.upper_bound(epoch);
    if (next == epochs_.begin()) return {epoch, next->second};
    return {std::prev(next)->first, next->second};
  }
  std::optional<LeaderEpoch> epoch_of_offset(Offset offset) const override {
    std::optional<LeaderEpoch> found;
    for (const auto& [epoch, start] : epochs_) {
      if (start <= offset) found = epoch;
    }
    return found;
  }
  Result<void> assign_epoch_start(LeaderEpoch epoch, Offset start) override {
    if (broken) return std::unexpected(ErrorCode::kKafkaStorageError);
    if (on_new_epoch) on_new_epoch();
    epochs_[epoch] = start;
    return {};
  }
  Result<void> truncate_to(Offset offset) override {
    if (broken) return std::unexpected(ErrorCode::kKafkaStorageError);
    end_ = std::min(end_, offset);
    batches_.erase(batches_.lower_bound(end_), batches_.end());
    std::erase_if(epochs_, [this](const auto& epoch) { return epoch.second >= end_; });
    return {};
  }
  Result<void> truncate_fully_and_start_at(Offset offset) override {
    start_ = end_ = offset;
    batches_.clear();
    epochs_.clear();
    return {};
  }
  Result<bool> maybe_advance_log_start(Offset offset) override {
    if (offset <= start_) return false;
    start_ = offset;
    return true;
  }
  Result<void> flush(Offset) override { return {}; }
  Result<void> write_behind(std::uint64_t bytes) override {
    written_behind.push_back(bytes);
    return {};
  }
  Result<int> delete_old_segments(Offset, Timestamp) override { return 0; }
  void expire_producers(Timestamp) override {}
  std::vector<log::Chore> take_chores(Timestamp) override { return {}; }

  log::Appended append(std::size_t records, LeaderEpoch epoch) {
    log::Appended appended;
    if (broken) {
      appended.error = ErrorCode::kKafkaStorageError;
      return appended;
    }
    const bool new_epoch = epochs_.empty() || epochs_.rbegin()->first < epoch;
    if (new_epoch && !old_format) epochs_[epoch] = end_;
    if (end_ == closes_transaction_at) first_unstable.reset();
    appended.first_offset = end_;
    batches_[end_] = records;
    end_ = end_ + static_cast<std::int64_t>(records);
    appended.last_offset = end_ - 1;
    appended.log_start_offset = start_;
    return appended;
  }
  void set_min_isr(int n) {
    auto config = *config_;
    config.min_insync_replicas = n;
    config_ = std::make_shared<const log::LogConfig>(config);
  }
  void set_policy(bool remove) {
    auto config = *config_;
    config.remove = remove;
    config.compact = !remove;
    config_ = std::make_shared<const log::LogConfig>(config);
  }

  std::optional<Offset> first_unstable;         // of the earliest open transaction
  std::optional<Offset> closes_transaction_at;  // where the marker will stand
  std::vector<log::AbortedTransaction> aborted;
  std::map<Timestamp, Offset> times;
  std::vector<log::SegmentStart> starts;
  std::function<void()> before_read;     // called once
  std::function<void()> on_new_epoch;    // of a leader
  bool broken = false;                   // the disk is
  bool corrupt = false;                  // what is appended as follower
  std::optional<ErrorCode> refuse_next;  // once, of that
  bool old_format = false;               // records have no epochs
  int writes = 0;
  std::vector<std::uint64_t> written_behind;

 private:
  TopicPartition tp_;
  TopicId id_;
  std::string directory_;
  std::shared_ptr<const log::LogConfig> config_ = std::make_shared<const log::LogConfig>();
  Offset start_{0}, end_{0};
  std::map<Offset, std::size_t> batches_;
  std::map<LeaderEpoch, Offset> epochs_;
};

}  // namespace barnabas::broker::replica::testing
