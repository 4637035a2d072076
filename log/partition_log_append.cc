// PartitionLog: appending and rolling.
#include "env/log.h"
#include "log/partition_log.h"
#include "log/replay.h"

namespace barnabas::log {
namespace {

records::Origin origin_of(Origin origin) {
  switch (origin) {
    case Origin::kClient: return records::Origin::kClient;
    case Origin::kCoordinator: return records::Origin::kCoordinator;
    case Origin::kReplication: return records::Origin::kReplication;
  }
  return records::Origin::kClient;
}

Checks checks_of(Origin origin) {
  switch (origin) {
    case Origin::kClient: return Checks::kClient;
    case Origin::kCoordinator: return Checks::kCoordinator;
    case Origin::kReplication: return Checks::kNone;
  }
  return Checks::kClient;
}

std::optional<records::Compression> compression_of(const LogConfig& config) {
  switch (config.compression_type) {
    case CompressionType::kProducer: return {};
    case CompressionType::kUncompressed: return records::Compression{records::Codec::kNone, {}};
    case CompressionType::kGzip:
      return records::Compression{records::Codec::kGzip, config.gzip_level};
    case CompressionType::kSnappy: return records::Compression{records::Codec::kSnappy, {}};
    case CompressionType::kLz4: return records::Compression{records::Codec::kLz4, config.lz4_level};
    case CompressionType::kZstd:
      return records::Compression{records::Codec::kZstd, config.zstd_level};
  }
  return {};
}

records::ValidationRules rules_of(const LogConfig& config) {
  records::ValidationRules rules;
  rules.compacted = config.compact;
  rules.timestamp_type = config.timestamp_type == TimestampType::kLogAppendTime
                             ? records::TimestampType::kLogAppendTime
                             : records::TimestampType::kCreateTime;
  rules.before_max_ms = config.timestamp_before_max_ms;
  rules.after_max_ms = config.timestamp_after_max_ms;
  rules.compression = compression_of(config);
  return rules;
}

// With these Kafka answers a log start of -1 too (ReplicaManager.appendToLocalLog).
bool hides_log_start(ErrorCode code) {
  return code == ErrorCode::kMessageTooLarge || code == ErrorCode::kRecordListTooLarge ||
         code == ErrorCode::kCorruptMessage || code == ErrorCode::kKafkaStorageError;
}

Appended refused(ErrorCode code, Offset log_start) {
  Appended out;
  out.error = code;
  if (!hides_log_start(code)) out.log_start_offset = log_start;
  return out;
}

Appended refused(const records::Rejected& why, Offset log_start) {
  Appended out = refused(why.error, log_start);
  if (why.tell_client) out.error_message = why.message;
  for (const records::RecordError& e : why.record_errors) {
    out.record_errors.push_back({e.batch_index, e.message});
  }
  return out;
}

template <class F>
void for_each_batch(env::Bytes records, F&& f) {
  while (!records.empty()) {
    const auto batch = records::next_batch(records);
    if (!batch || !f(*batch)) return;
    records = records.subspan(batch->size());
  }
}

bool any_batch_over(env::Bytes records, std::size_t limit) {
  bool over = false;
  for_each_batch(records, [&](const records::BatchView& batch) {
    over = over || batch.size() > limit;
    return !over;
  });
  return over;
}

Timestamp first_batch_timestamp(env::Bytes records) {
  const auto first = records::next_batch(records);
  return first ? first->max_timestamp() : kNoTimestamp;
}

}  // namespace

std::vector<Appended> PartitionLog::append_as_leader(std::span<Appendable> sets, LeaderEpoch epoch,
                                                     Timestamp now) {
  const std::lock_guard lock(mutex_);
  std::vector<Appended> out;
  out.reserve(sets.size());
  Staged staged;
  staged.next = log_end_;
  for (const Appendable& set : sets) out.push_back(stage_leader_set(set, epoch, now, staged));
  const Offset before = log_end_;
  const bool written =
      commit(staged).has_value() && maybe_flush_after_append(log_end_ - before).has_value();
  if (!written || health_->failed) {
    for (Appended& a : out) {
      if (a.error == ErrorCode::kNone) a = refused(ErrorCode::kKafkaStorageError, log_start_);
    }
  }
  return out;
}

Appended PartitionLog::stage_leader_set(const Appendable& set, LeaderEpoch epoch, Timestamp now,
                                        Staged& staged) {
  if (!check_usable()) return refused(ErrorCode::kKafkaStorageError, log_start_);
  if (set.origin == Origin::kClient) {
    const auto allowed = records::check_produce_records(set.records, set.produce_version);
    if (!allowed) return refused(allowed.error(), kNoOffset);
  }
  const auto analysis =
      records::analyze(set.records, tp_, origin_of(set.origin), config_->max_message_bytes);
  if (!analysis) return refused(analysis.error(), log_start_);
  if (analysis->valid_bytes == 0) return refused(ErrorCode::kNone, log_start_);
  env::MutableBytes bytes = set.records.first(analysis->valid_bytes);
  auto valid = records::validate_and_assign_offsets(bytes, *analysis, tp_, origin_of(set.origin),
                                                    rules_of(*config_), {staged.next, epoch, now});
  if (!valid) return refused(valid.error(), log_start_);
  if (valid->rewritten) {
    bytes = *valid->rewritten;
    if (any_batch_over(bytes, static_cast<std::size_t>(config_->max_message_bytes))) {
      return refused(ErrorCode::kMessageTooLarge, log_start_);
    }
  }
  if (bytes.size() > static_cast<std::size_t>(config_->segment_bytes)) {
    return refused(ErrorCode::kRecordListTooLarge, log_start_);
  }
  if (auto answer = check_producers(bytes, set.origin)) return *std::move(answer);

  Appended out;
  out.first_offset = staged.next;
  out.last_offset = valid->last_offset;
  out.log_append_time = valid->log_append_time;
  out.log_start_offset = log_start_;
  const AppendedSet facts{bytes.size(),
                          staged.next,
                          valid->last_offset,
                          valid->max_timestamp,
                          valid->offset_of_max_timestamp,
                          first_batch_timestamp(bytes)};
  if (!take_in(bytes, set.origin, facts, now, staged))
    return refused(ErrorCode::kKafkaStorageError, log_start_);
  if (valid->rewritten)
    staged.rewritten.push_back(std::move(*valid->rewritten));  // `bytes` stay where they are
  return out;
}

// Nothing: append it. A duplicate is answered with the place of the original.
std::optional<Appended> PartitionLog::check_producers(env::Bytes records, Origin origin) {
  std::optional<Appended> answer;
  for_each_batch(records, [&](const records::BatchView& view) {
    if (!view.has_producer_id()) return true;
    const ProducerBatch batch = describe_producer_batch(view);
    if (origin == Origin::kClient) {
      if (const auto original = producers_->state().find_duplicate(batch)) {
        answer.emplace();
        answer->first_offset = original->first_offset();
        answer->last_offset = original->last_offset;
        answer->log_append_time = original->timestamp;
        answer->log_start_offset = log_start_;
        answer->duplicate = true;
        return false;
      }
    }
    if (const auto error = producers_->state().check(batch, checks_of(origin))) {
      env::log_debug("kafka.log.UnifiedLog", "{}: {}", to_string(tp_), error->message);
      answer = refused(error->code, log_start_);
    }
    return !answer.has_value();
  });
  return answer;
}

// Accepted: rolls if need be (writing what is staged first), and stages the set.
Result<void> PartitionLog::take_in(env::Bytes records, Origin, const AppendedSet& set,
                                   Timestamp now, Staged& staged) {
  const NextAppend next{staged.bytes + set.size, set.last_offset, set.max_timestamp};
  if (segments_.active()->should_roll(next, *config_, now)) {
    if (auto done = commit(staged); !done) return done;
    const NextAppend alone{set.size, set.last_offset, set.max_timestamp};
    if (segments_.active()->should_roll(alone, *config_, now)) {
      if (auto done = roll(std::max(log_end_, set.first_offset)); !done) return done;
    }
  }
  std::error_code failed;
  for_each_batch(records, [&](const records::BatchView& batch) {
    if (batch.is_legacy() || batch.leader_epoch() < LeaderEpoch(0)) return true;
    const auto done = epochs_->assign(batch.leader_epoch(), batch.base_offset());
    if (!done) failed = done.error();
    return !failed;
  });
  if (failed) return fail("writing leader epochs", failed);
  apply_producers(records, staged);
  staged.pieces.push_back(records);
  staged.sets.push_back(set);
  staged.bytes += set.size;
  staged.next = set.last_offset + 1;
  return {};
}

void PartitionLog::apply_producers(env::Bytes records, Staged& staged) {
  ProducerState& state = producers_->state();
  for_each_batch(records, [&](const records::BatchView& view) {
    if (!view.has_producer_id()) return true;
    const auto done = state.apply(describe_producer_batch(view));
    if (!done) return true;
    if (done->aborted) {
      staged.aborted.push_back(
          {0, done->id, done->first, done->last, state.last_stable_after(*done)});
    }
    state.complete(*done);
    return true;
  });
}

Result<void> PartitionLog::commit(Staged& staged) {
  if (staged.sets.empty()) return check_usable();
  Segment& active = *segments_.active();
  if (auto done = active.write(staged.pieces, staged.bytes, *config_); !done) {
    return fail("appending records", done.error());
  }
  for (const AppendedSet& set : staged.sets) active.note(set, *config_);
  for (const AbortedEntry& entry : staged.aborted) {
    if (auto done = active.transactions().append(entry); !done) {
      return fail("writing the transaction index", done.error());
    }
  }
  log_end_ = staged.next;
  producers_->advance_map_end(log_end_);
  staged.pieces.clear();
  staged.sets.clear();
  staged.aborted.clear();
  staged.rewritten.clear();
  staged.bytes = 0;
  return {};
}

// flush.messages; called with the mutex held, as in Kafka.
Result<void> PartitionLog::maybe_flush_after_append(std::int64_t messages) {
  unflushed_messages_ += messages;
  if (messages == 0 || unflushed_messages_ < config_->flush_messages) return {};
  for (const SegmentList::Ptr& segment : segments_.from(first_unsynced())) {
    if (auto done = segment->flush(); !done) return fail("flushing", done.error());
  }
  if (auto done = epochs_->flush(); !done) return fail("flushing leader epochs", done.error());
  if (auto done = sync_names(directory_); !done) return done;
  recovery_point_ = log_end_;
  sealed_unsynced_.reset();
  unflushed_messages_ = 0;
  return {};
}

Result<void> PartitionLog::roll(Offset base) {
  const SegmentList::Ptr old = segments_.active();
  if (old->base() == base && old->size() == 0) return {};
  if (auto done = old->seal(); !done) return fail("sealing a segment", done.error());
  sealed_unsynced_ = std::min(sealed_unsynced_.value_or(old->base()), old->base());
  producers_->advance_map_end(base);
  if (auto done = producers_->take_snapshot(); !done)
    return fail("writing a snapshot", done.error());
  if (auto done = start_new_segment(base); !done) return done;
  env::log_info("kafka.log.UnifiedLog",
                "[LocalLog partition={}, dir={}] Rolled new log segment at offset {}.",
                to_string(tp_), health_->path, base.value);
  flush_later(base);
  return {};
}

Result<void> PartitionLog::start_new_segment(Offset base) {
  auto segment = std::make_shared<Segment>(context_, directory_, base);
  if (auto done = segment->create(*config_); !done) return fail("creating a segment", done.error());
  segments_.add(std::move(segment));
  log_end_ = std::max(log_end_, base);
  return {};
}

Result<Appended> PartitionLog::append_as_follower(env::Bytes records, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (auto usable = check_usable(); !usable) return std::unexpected(usable.error());
  const auto analysis = records::analyze(records, tp_, records::Origin::kReplication, {});
  if (!analysis) return std::unexpected(analysis.error().error);
  Appended out;
  out.log_start_offset = log_start_;
  if (analysis->valid_bytes == 0) return out;
  if (!analysis->offsets_monotonic) return std::unexpected(ErrorCode::kCorruptMessage);
  const Offset first = analysis->first_offset == kNoOffset ? analysis->last_offset_of_first_batch
                                                           : analysis->first_offset;
  if (first < log_end_) return std::unexpected(ErrorCode::kOffsetOutOfRange);
  out.first_offset = first;
  out.last_offset = analysis->last_offset;
  records = records.first(analysis->valid_bytes);

  Staged staged;
  staged.next = log_end_;
  const Offset before = log_end_;
  const bool one_set = records.size() <= static_cast<std::size_t>(config_->segment_bytes);
  Result<void> done;
  if (one_set) {
    const AppendedSet set{records.size(),
                          first,
                          analysis->last_offset,
                          analysis->max_timestamp,
                          analysis->offset_of_max_timestamp,
                          first_batch_timestamp(records)};
    done = take_in(records, Origin::kReplication, set, now, staged);
  } else {  // Kafka refuses what exceeds a segment; batch by batch it fits
    for_each_batch(records, [&](const records::BatchView& batch) {
      const AppendedSet set{batch.size(),          batch.base_offset(), batch.last_offset(),
                            batch.max_timestamp(), batch.last_offset(), batch.max_timestamp()};
      done = take_in(batch.bytes(), Origin::kReplication, set, now, staged);
      return done.has_value();
    });
  }
  if (done) done = commit(staged);
  if (done) done = maybe_flush_after_append(log_end_ - before);
  if (!done) return std::unexpected(done.error());
  return out;
}

}  // namespace barnabas::log
