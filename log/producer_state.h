// What a log knows of the producers that wrote to it: their last batches (for duplicates and gaps)
// and their open transactions (for the last stable offset).
//
// Owns        one entry per producer, the open transactions, and those whose end is not yet
//             replicated.
// Does not    read or write files (producer_snapshot.h), look at a clock, or know batches' bytes.
// Threading   none: lives under its log's mutex.
// Invariants  at most kMaxBatches batches per producer, all of its current epoch; one open
//             transaction each.
// Kafka       ProducerStateManager, ProducerStateEntry, ProducerAppendInfo. Differs: a batch is
//             applied when it is accepted, before the write; a failed write poisons the log, so
//             nobody sees the difference.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::log {

struct BatchMetadata {
  Sequence last_sequence = kNoSequence;
  Offset last_offset = kNoOffset;
  std::int32_t offset_delta = 0;
  Timestamp timestamp = kNoTimestamp;

  Offset first_offset() const { return last_offset - std::int64_t{offset_delta}; }
  Sequence first_sequence() const;
  friend bool operator==(const BatchMetadata&, const BatchMetadata&) = default;
};

struct ProducerEntry {
  static constexpr std::size_t kMaxBatches = 5;

  ProducerId id = kNoProducerId;
  ProducerEpoch epoch = kNoProducerEpoch;
  std::int32_t coordinator_epoch = -1;
  Timestamp last_timestamp = kNoTimestamp;
  std::optional<Offset> transaction_start;
  std::array<BatchMetadata, kMaxBatches> batches{};  // oldest first
  std::size_t batch_count = 0;

  const BatchMetadata* last_batch() const {
    return batch_count == 0 ? nullptr : &batches[batch_count - 1];
  }
  Sequence last_sequence() const {
    return batch_count == 0 ? kNoSequence : last_batch()->last_sequence;
  }
  void add(const BatchMetadata& batch);
  void set_epoch(ProducerEpoch now);  // a new epoch forgets the batches
  friend bool operator==(const ProducerEntry&, const ProducerEntry&) = default;
};

struct EndMarker {  // the record of a control batch
  bool commit = false;
  std::int32_t coordinator_epoch = 0;
};

// What producer state needs to know of one batch that has a producer id.
struct ProducerBatch {
  ProducerId id = kNoProducerId;
  ProducerEpoch epoch = kNoProducerEpoch;
  Sequence first_sequence = kNoSequence;
  Sequence last_sequence = kNoSequence;
  Offset first_offset;
  Offset last_offset;
  Timestamp timestamp = kNoTimestamp;  // the batch's largest
  bool transactional = false;
  bool control = false;
  std::optional<EndMarker> marker;  // of a control batch that ends a transaction
};

struct CompletedTransaction {
  ProducerId id;
  Offset first;
  Offset last;  // the marker
  bool aborted = false;
};

struct SequenceError {
  ErrorCode code = ErrorCode::kNone;
  std::string message;
};

enum class Checks { kClient, kCoordinator, kNone };  // kNone: replicated or read back from disk

class ProducerState {
 public:
  // Of a client's batch that was written before; its offsets are the answer then.
  std::optional<BatchMetadata> find_duplicate(const ProducerBatch& batch) const;
  // Why this batch must be refused, if it must.
  std::optional<SequenceError> check(const ProducerBatch& batch, Checks checks) const;
  // Takes an accepted batch in. A marker that ends a transaction with data answers that
  // transaction: the caller writes its index entry (last_stable_after), then calls complete().
  std::optional<CompletedTransaction> apply(const ProducerBatch& batch);
  Offset last_stable_after(const CompletedTransaction& done) const;
  void complete(const CompletedTransaction& done);

  // First offset that a read_committed reader may not see, if any below `high_watermark`.
  std::optional<Offset> first_unstable(Offset high_watermark) const;
  bool has_open_transaction(ProducerId id) const;
  void forget_replicated(Offset high_watermark);  // ended transactions whose marker is below it

  void expire(Timestamp now, std::int64_t expiration_ms);
  void clear();
  void load(ProducerEntry entry);
  std::vector<ProducerEntry> entries() const;  // by id
  std::size_t size() const { return producers_.size(); }

 private:
  struct Open {
    ProducerId id;
    Offset last;  // kNoOffset while open
  };

  std::unordered_map<ProducerId, ProducerEntry> producers_;
  std::map<Offset, Open> open_;          // by first offset
  std::map<Offset, Open> unreplicated_;  // ended, marker perhaps not yet replicated
};

}  // namespace barnabas::log
