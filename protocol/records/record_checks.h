// What is allowed inside a batch that a leader appends; collects the errors of its records.
//
// Owns        the record errors of the batch being looked at.
// Does not    read records or change anything.
// Threading   one thread at a time.
// Kafka       LogValidator.{validateBatch,validateRecord,processRecordErrors}.
#pragma once

#include "protocol/records/record.h"
#include "protocol/records/validate.h"

namespace barnabas::records {

using Verdict = std::expected<void, Rejected>;

std::unexpected<Rejected> reject(ErrorCode error, std::string message);

class RecordChecks {
 public:
  RecordChecks(const TopicPartition& partition, Origin origin, const ValidationRules& rules,
               Timestamp now)
      : partition_(partition), origin_(origin), rules_(rules), now_(now) {}

  // Magic, offset range against count, control bit, sequence.
  Verdict check_batch(const BatchView& first, const BatchView& batch) const;
  // The next record of `batch`; an error is kept for verdict().
  void check_record(const BatchView& batch, const Record& record);
  bool clean() const { return errors_.empty(); }
  // After the last record of a batch.
  Verdict verdict();

 private:
  void check_time(const BatchView& batch, const Record& record);
  void add(ErrorCode error, std::string message);
  Verdict check_client_batch(const BatchView& batch) const;
  std::string where() const { return " in topic partition " + to_string(partition_); }

  const TopicPartition& partition_;
  const Origin origin_;
  const ValidationRules& rules_;
  const Timestamp now_;
  std::int32_t index_ = 0;
  bool bad_time_ = false;
  std::vector<RecordError> errors_;
};

}  // namespace barnabas::records
