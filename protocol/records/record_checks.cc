#include "protocol/records/record_checks.h"

#include <algorithm>

namespace barnabas::records {

namespace {

std::string range_of(const BatchView& batch) {
  return "[" + std::to_string(batch.base_offset().value) + ", " +
         std::to_string(batch.last_offset().value) + "]";
}

// As Java prints one; Kafka says PartialDefaultRecord when it has skipped the body.
std::string describe(const BatchView& batch, const Record& record) {
  const char* name = batch.is_compressed() ? "PartialDefaultRecord" : "DefaultRecord";
  return std::string(record.magic < kCurrentMagic ? "LegacyRecord" : name) +
         "(offset=" + std::to_string(record.offset.value) +
         ", timestamp=" + std::to_string(record.timestamp.value) +
         ", key=" + std::to_string(record.key_size) +
         " bytes, value=" + std::to_string(record.value_size) + " bytes)";
}

std::string first_three(const std::vector<RecordError>& errors) {
  constexpr std::size_t kShown = 3;
  std::string text = "[";
  for (std::size_t i = 0; i < std::min(errors.size(), kShown); ++i) {
    if (i > 0) text += ", ";
    text += "RecordError(batchIndex=" + std::to_string(errors[i].batch_index) + ", message='" +
            errors[i].message + "')";
  }
  return text + "]";
}

}  // namespace

std::unexpected<Rejected> reject(ErrorCode error, std::string message) {
  return std::unexpected(Rejected{.error = error, .message = std::move(message)});
}

Verdict RecordChecks::check_batch(const BatchView& first, const BatchView& batch) const {
  if (first.magic() != batch.magic()) {
    return reject(ErrorCode::kInvalidRecord,
                  "Batch magic " + std::to_string(batch.magic()) +
                      " is not the same as the first batch's magic byte " +
                      std::to_string(first.magic()) + where());
  }
  if (origin_ != Origin::kClient || batch.is_legacy()) return {};
  return check_client_batch(batch);
}

Verdict RecordChecks::check_client_batch(const BatchView& batch) const {
  constexpr auto kInvalid = ErrorCode::kInvalidRecord;
  const std::int64_t from_offsets = std::int64_t{batch.last_offset_delta()} + 1;
  if (from_offsets <= 0) {
    return reject(kInvalid, "Batch has an invalid offset range: " + range_of(batch) + where());
  }
  const std::int32_t count = *batch.count();
  if (count <= 0) {
    return reject(kInvalid,
                  "Invalid reported count for record batch: " + std::to_string(count) + where());
  }
  if (from_offsets != count) {
    return reject(kInvalid, "Inconsistent batch offset range " + range_of(batch) +
                                " and count of records " + std::to_string(count) + where());
  }
  if (batch.is_control())
    return reject(kInvalid, "Clients are not allowed to write control records" + where());
  if (batch.has_producer_id() && batch.base_sequence().value < 0) {
    return reject(kInvalid, "Invalid sequence number " +
                                std::to_string(batch.base_sequence().value) +
                                " in record batch with producerId " +
                                std::to_string(batch.producer_id().value) + where());
  }
  return {};
}

void RecordChecks::check_record(const BatchView& batch, const Record& record) {
  if (record.magic != batch.magic()) {
    add(ErrorCode::kInvalidRecord, "Record " + describe(batch, record) +
                                       "'s magic does not match outer magic " +
                                       std::to_string(batch.magic()) + where() + ".");
  } else if (rules_.compacted && !record.has_key()) {
    add(ErrorCode::kInvalidRecord, "Compacted topic cannot accept message without key" + where());
  } else {
    check_time(batch, record);
  }
  ++index_;
}

void RecordChecks::check_time(const BatchView& batch, const Record& record) {
  const bool from_client = rules_.timestamp_type == TimestampType::kCreateTime;
  if (from_client && record.timestamp != kNoTimestamp) {
    // Java's arithmetic, which wraps: the limits default to its largest number.
    const std::int64_t age = wrapping_sub(now_.value, record.timestamp.value);
    if (age <= rules_.before_max_ms && wrapping_sub(std::int64_t{0}, age) <= rules_.after_max_ms)
      return;
    add(ErrorCode::kInvalidTimestamp,
        "Timestamp " + std::to_string(record.timestamp.value) + " of message with offset " +
            std::to_string(record.offset.value) +
            " is out of range. The timestamp should be within [" +
            std::to_string(wrapping_sub(now_.value, rules_.before_max_ms)) + ", " +
            std::to_string(wrapping_add(now_.value, rules_.after_max_ms)) + "]");
  } else if (batch.timestamp_type() == TimestampType::kLogAppendTime) {
    add(ErrorCode::kInvalidTimestamp,
        "Invalid timestamp type in message " + describe(batch, record) +
            ". Producer should not set timestamp type to LogAppendTime.");
  }
}

void RecordChecks::add(ErrorCode error, std::string message) {
  if (error == ErrorCode::kInvalidTimestamp) bad_time_ = true;
  errors_.push_back({index_, std::move(message)});
}

Verdict RecordChecks::verdict() {
  index_ = 0;
  if (errors_.empty()) return {};
  Rejected rejected{.error = ErrorCode::kInvalidTimestamp,
                    .message = "One or more records have been rejected due to invalid timestamp",
                    .tell_client = true};
  if (!bad_time_) {
    rejected.error = ErrorCode::kInvalidRecord;
    rejected.message =
        "One or more records have been rejected due to " + std::to_string(errors_.size()) +
        " record errors in total, and only showing the first three errors at most: " +
        first_three(errors_);
  }
  rejected.record_errors = std::move(errors_);
  return std::unexpected(std::move(rejected));
}

}  // namespace barnabas::records
