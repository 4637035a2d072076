#include "log/producer_state.h"

#include <algorithm>
#include <limits>

namespace barnabas::log {
namespace {

constexpr std::int32_t kLastSequence = std::numeric_limits<std::int32_t>::max();

bool follows(Sequence last, Sequence next) {
  return std::int64_t{next.value} == std::int64_t{last.value} + 1 ||
         (next.value == 0 && last.value == kLastSequence);
}

std::string about(const ProducerBatch& batch) {
  return "producer " + std::to_string(batch.id.value) + " at offset " +
         std::to_string(batch.first_offset.value);
}

}  // namespace

Sequence BatchMetadata::first_sequence() const {
  if (last_sequence.value >= offset_delta) return Sequence(last_sequence.value - offset_delta);
  return Sequence(kLastSequence - (offset_delta - last_sequence.value) + 1);
}

void ProducerEntry::add(const BatchMetadata& batch) {
  if (batch_count == kMaxBatches) {
    std::shift_left(batches.begin(), batches.end(), 1);
    --batch_count;
  }
  batches[batch_count++] = batch;
}

void ProducerEntry::set_epoch(ProducerEpoch now) {
  if (now == epoch) return;
  epoch = now;
  batch_count = 0;
}

std::optional<BatchMetadata> ProducerState::find_duplicate(const ProducerBatch& batch) const {
  const auto it = producers_.find(batch.id);
  if (it == producers_.end() || it->second.epoch != batch.epoch || batch.control) return {};
  const ProducerEntry& entry = it->second;
  for (std::size_t i = 0; i < entry.batch_count; ++i) {
    const BatchMetadata& old = entry.batches[i];
    if (old.first_sequence() == batch.first_sequence && old.last_sequence == batch.last_sequence)
      return old;
  }
  return {};
}

std::optional<SequenceError> ProducerState::check(const ProducerBatch& batch, Checks checks) const {
  if (checks == Checks::kNone) return {};
  const auto it = producers_.find(batch.id);
  if (it == producers_.end()) return {};  // nothing known: any sequence will do (KIP-360)
  const ProducerEntry& entry = it->second;
  if (batch.epoch < entry.epoch) {
    return SequenceError{ErrorCode::kInvalidProducerEpoch,
                         "Epoch of " + about(batch) + " is " + std::to_string(batch.epoch.value) +
                             ", smaller than the last seen epoch " +
                             std::to_string(entry.epoch.value)};
  }
  if (batch.control) {
    if (!batch.marker || batch.marker->coordinator_epoch >= entry.coordinator_epoch) return {};
    return SequenceError{ErrorCode::kTransactionCoordinatorFenced,
                         "Invalid coordinator epoch for " + about(batch) + ": " +
                             std::to_string(batch.marker->coordinator_epoch) + " (zombie), " +
                             std::to_string(entry.coordinator_epoch) + " (current)"};
  }
  if (entry.transaction_start && !batch.transactional) {
    return SequenceError{ErrorCode::kInvalidTxnState,
                         "Expected transactional write from " + about(batch)};
  }
  if (checks != Checks::kClient) return {};
  const bool same = batch.epoch == entry.epoch;
  const bool ok =
      same ? entry.epoch == kNoProducerEpoch || follows(entry.last_sequence(), batch.first_sequence)
           : batch.first_sequence == Sequence(0) || entry.epoch == kNoProducerEpoch;
  if (ok) return {};
  return SequenceError{
      ErrorCode::kOutOfOrderSequenceNumber,
      "Out of order sequence number for " + about(batch) + ": " +
          std::to_string(batch.first_sequence.value) + " (incoming seq. number), " +
          std::to_string(entry.last_sequence().value) + " (current end sequence number)"};
}

std::optional<CompletedTransaction> ProducerState::apply(const ProducerBatch& batch) {
  if (batch.control && !batch.marker) return {};
  ProducerEntry& entry = producers_[batch.id];
  entry.id = batch.id;
  entry.set_epoch(batch.epoch);
  entry.last_timestamp = batch.timestamp;
  if (batch.marker) {
    std::optional<CompletedTransaction> done;
    if (entry.transaction_start) {
      done = CompletedTransaction{batch.id, *entry.transaction_start, batch.last_offset,
                                  !batch.marker->commit};
    }
    entry.coordinator_epoch = batch.marker->coordinator_epoch;
    entry.transaction_start.reset();
    return done;
  }
  entry.add({batch.last_sequence, batch.last_offset,
             static_cast<std::int32_t>(batch.last_offset - batch.first_offset), batch.timestamp});
  if (batch.transactional && !entry.transaction_start) {
    entry.transaction_start = batch.first_offset;
    open_[batch.first_offset] = {batch.id, kNoOffset};
  }
  return {};
}

Offset ProducerState::last_stable_after(const CompletedTransaction& done) const {
  for (const auto& [first, open] : open_) {
    if (open.id != done.id) return first;
  }
  return done.last + 1;
}

void ProducerState::complete(const CompletedTransaction& done) {
  open_.erase(done.first);
  unreplicated_[done.first] = {done.id, done.last};
}

std::optional<Offset> ProducerState::first_unstable(Offset high_watermark) const {
  std::optional<Offset> first;
  if (!open_.empty()) first = open_.begin()->first;
  for (const auto& [start, ended] : unreplicated_) {
    if (ended.last < high_watermark) continue;
    if (!first || start < *first) first = start;
    break;
  }
  if (first && *first >= high_watermark) return {};
  return first;
}

bool ProducerState::has_open_transaction(ProducerId id) const {
  const auto it = producers_.find(id);
  return it != producers_.end() && it->second.transaction_start.has_value();
}

void ProducerState::forget_replicated(Offset high_watermark) {
  std::erase_if(unreplicated_,
                [&](const auto& entry) { return entry.second.last < high_watermark; });
}

void ProducerState::expire(Timestamp now, std::int64_t expiration_ms) {
  std::erase_if(producers_, [&](const auto& item) {
    const ProducerEntry& entry = item.second;
    return !entry.transaction_start && now - entry.last_timestamp >= expiration_ms;
  });
}

void ProducerState::clear() {
  producers_.clear();
  open_.clear();
  unreplicated_.clear();
}

void ProducerState::load(ProducerEntry entry) {
  if (entry.transaction_start) open_[*entry.transaction_start] = {entry.id, kNoOffset};
  producers_[entry.id] = entry;
}

std::vector<ProducerEntry> ProducerState::entries() const {
  std::vector<ProducerEntry> out;
  out.reserve(producers_.size());
  for (const auto& [id, entry] : producers_) out.push_back(entry);
  std::ranges::sort(out, {}, &ProducerEntry::id);
  return out;
}

}  // namespace barnabas::log
