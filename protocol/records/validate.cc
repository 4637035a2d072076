#include "protocol/records/validate.h"

#include <cassert>

#include "protocol/records/builder.h"
#include "protocol/records/record_checks.h"
#include "protocol/records/record_reader.h"

namespace barnabas::records {

namespace {

// Bodies are passed over, so memory is no concern; this bounds the time one small batch can cost.
constexpr std::uint64_t kSkippedLimit = std::uint64_t{1} << 31;

using Outcome = std::expected<Validated, Rejected>;

class Validator {
 public:
  Validator(MutableBytes records, const Analysis& analysis, const TopicPartition& partition,
            Origin origin, const ValidationRules& rules, const Assignment& assignment)
      : records_(records.first(analysis.valid_bytes)),
        source_codec_(analysis.source_codec),
        target_(rules.compression.value_or(Compression{analysis.source_codec})),
        rules_(rules),
        assignment_(assignment),
        checks_(partition, origin, rules, assignment.now),
        next_offset_(assignment.first_offset) {}

  Outcome run() {
    const auto first = first_batch();
    if (!first) return std::unexpected(first.error());
    if (source_codec_ != Codec::kNone || target_.codec != Codec::kNone)
      return run_compressed(*first);
    return first->is_legacy() ? rewrite(*first) : assign_uncompressed(*first);
  }

 private:
  std::expected<BatchView, Rejected> first_batch() const {
    const auto first = next_batch(records_);
    if (!first) return reject(ErrorCode::kInvalidRecord, "Record batch has no batches at all");
    const bool alone = first->size() == records_.size();
    if (!alone && (!first->is_legacy() || source_codec_ != Codec::kNone)) {
      return reject(ErrorCode::kInvalidRecord, "Compressed outer record has more than one batch");
    }
    return *first;
  }

  // Offsets stay where they are, whatever the deltas between them.
  Outcome assign_uncompressed(const BatchView& batch) {
    auto seen = look_at(batch, batch, {}, [](const Record&) {});
    if (!seen) return std::unexpected(seen.error());
    return stamp(batch, *seen);
  }

  Outcome run_compressed(const BatchView& first) {
    bool in_place = source_codec_ == target_.codec && !first.is_legacy();
    if (source_codec_ == Codec::kNone && first.is_control()) in_place = true;
    return in_place ? assign_compressed(first) : rewrite(first);
  }

  Outcome assign_compressed(const BatchView& batch) {
    bool gaps = false;
    std::int64_t expected = 0;
    const ReadOptions options{.max_decompressed = kSkippedLimit, .skip_bodies = true};
    auto seen = look_at(batch, batch, options,
                        [&](const Record& record) { gaps |= record.offset.value != expected++; });
    if (!seen) return std::unexpected(seen.error());
    // Kafka sets out to rewrite such a batch, and trips over the bodies it has skipped.
    if (gaps)
      return reject(ErrorCode::kUnknownServerError,
                    "Compressed batch with gaps between its offsets");
    return stamp(batch, *seen);
  }

  // Kafka's builder refuses to write what its reader lets pass, with an exception for nobody.
  static const char* unwritable(const BatchView& batch) {
    if (batch.is_transactional() && batch.producer_id() == kNoProducerId) {
      return "Cannot write transactional messages without a valid producer ID";
    }
    if (batch.producer_id() == kNoProducerId) return nullptr;
    if (batch.producer_epoch() == kNoProducerEpoch) return "Invalid negative producer epoch";
    return batch.base_sequence().value < 0 ? "Invalid negative sequence number used" : nullptr;
  }

  // A new batch of magic 2 from whatever there is.
  Outcome rewrite(const BatchView& first) {
    RecordBatchBuilder builder(options_like(first));
    std::size_t position = 0;
    while (position < records_.size()) {
      const auto batch = next_batch(Bytes(records_).subspan(position));
      assert(batch && "analyze has walked these bytes");
      position += batch->size();
      Offset next = next_offset_;
      bool writable = true;
      const auto seen = look_at(first, *batch, {}, [&](const Record& record) {
        writable &= record.timestamp >= kNoTimestamp;
        if (checks_.clean() && writable) builder.append_with_offset(next, record);
        ++next;
      });
      if (!seen) return std::unexpected(seen.error());
      if (!writable) return reject(ErrorCode::kUnknownServerError, "Invalid negative timestamp");
    }
    if (const char* why = unwritable(first)) return reject(ErrorCode::kUnknownServerError, why);
    Validated result = result_with(builder.max_timestamp());
    result.rewritten = builder.build();
    return result;
  }

  BatchOptions options_like(const BatchView& first) const {
    return {.compression = target_,
            .base_offset = assignment_.first_offset,
            .timestamp_type = rules_.timestamp_type,
            .log_append_time = log_append_time(),
            .producer_id = first.producer_id(),
            .producer_epoch = first.producer_epoch(),
            .base_sequence = first.base_sequence(),
            .transactional = first.is_transactional(),
            .control = first.is_control(),
            .leader_epoch = assignment_.leader_epoch};
  }

  // Reads and checks every record of a batch; the largest timestamp among them.
  template <class F>
  std::expected<Timestamp, Rejected> look_at(const BatchView& first, const BatchView& batch,
                                             ReadOptions options, F&& each) {
    if (auto ok = checks_.check_batch(first, batch); !ok)
      return std::unexpected(std::move(ok.error()));
    Timestamp largest = kNoTimestamp;
    const auto read = for_each_record(
        batch,
        [&](const Record& record) {
          checks_.check_record(batch, record);
          if (record.timestamp > largest) largest = record.timestamp;
          each(record);
          ++next_offset_;
          return true;
        },
        options);
    if (!read) return reject(read.error().code(), read.error().text);
    if (auto ok = checks_.verdict(); !ok) return std::unexpected(std::move(ok.error()));
    return largest;
  }

  Outcome stamp(const BatchView& batch, Timestamp largest) {
    MutableBatch in_place(batch, records_);
    const bool stamped = rules_.timestamp_type == TimestampType::kLogAppendTime;
    in_place.set_last_offset(next_offset_ - 1);
    in_place.set_leader_epoch(assignment_.leader_epoch);
    in_place.set_max_timestamp(rules_.timestamp_type, stamped ? assignment_.now : largest);
    return result_with(in_place.max_timestamp());
  }

  Validated result_with(Timestamp max_timestamp) const {
    return {.last_offset = next_offset_ - 1,
            .max_timestamp = max_timestamp,
            .offset_of_max_timestamp = next_offset_ - 1,
            .log_append_time = log_append_time()};
  }

  Timestamp log_append_time() const {
    return rules_.timestamp_type == TimestampType::kLogAppendTime ? assignment_.now : kNoTimestamp;
  }

  const MutableBytes records_;
  const Codec source_codec_;
  const Compression target_;
  const ValidationRules& rules_;
  const Assignment& assignment_;
  RecordChecks checks_;
  Offset next_offset_;
};

}  // namespace

Outcome validate_and_assign_offsets(MutableBytes records, const Analysis& analysis,
                                    const TopicPartition& partition, Origin origin,
                                    const ValidationRules& rules, const Assignment& assignment) {
  return Validator(records, analysis, partition, origin, rules, assignment).run();
}

}  // namespace barnabas::records
