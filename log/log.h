// One partition's log on disk: append, read as file slices, roll, truncate, trim.
//
// Owns        the segments, the producer state, the leader-epoch cache and the files behind them.
// Does not    know leaders, followers, ISR or requests; fsync per append; run timers. Which offsets
//             a reader may see is an argument.
// Threading   a monitor: one mutex, never held while a caller is called. append/read may run on a
//             loop thread; flush, roll's syncs and deletes are given to env::Disk by the owner (see
//             Chore).
// Invariants  log_start <= recovery point <= log_end; segment bases strictly increase; what is on
//             disk up to log_end is whole batches.
// Errors      one I/O error poisons the log: every later call answers kKafkaStorageError.
// Kafka       storage/internals/log/{LocalLog,UnifiedLog,LogValidator}. Differs: reads give file
//             ranges; sealed indexes are read with pread instead of a mapping each.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/files.h"
#include "log/config.h"
#include "log/producer_state.h"
#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::log {

// Where a batch comes from decides what is checked (Kafka's AppendOrigin).
enum class Origin { kClient, kCoordinator, kReplication };

// One partition's records of one produce request. `records` is written to in place: base offset,
// leader epoch, and for LogAppendTime the timestamp (with a new CRC).
struct Appendable {
  env::MutableBytes records;
  Origin origin = Origin::kClient;
  std::int16_t produce_version =
      11;  // decides which magics and codecs are allowed (KIP-98, KIP-110)
};

struct RecordError {
  std::int32_t batch_index = 0;
  std::optional<std::string> message;
};

// The answer to one Appendable.
struct Appended {
  ErrorCode error = ErrorCode::kNone;
  Offset first_offset = kNoOffset;  // of a duplicate: where the original lies
  Offset last_offset = kNoOffset;
  Timestamp log_append_time = kNoTimestamp;
  Offset log_start_offset = kNoOffset;
  bool duplicate = false;
  std::optional<std::string> error_message;
  std::vector<RecordError> record_errors;
};

struct ReadSlice {
  env::FileSlice slice;            // begins with a batch; the last one may be cut by max_bytes
  bool first_batch_cut = false;    // not even that is whole: since Fetch v3 one must get nothing
  Offset base_offset = kNoOffset;  // of the first batch in the slice
  Offset log_start = kNoOffset;
  Offset log_end = kNoOffset;
};

struct TimestampAndOffset {
  Timestamp timestamp = kNoTimestamp;
  Offset offset = kNoOffset;
  LeaderEpoch epoch = kNoLeaderEpoch;
};

struct SegmentStart {
  Offset offset;       // not below the log start
  Timestamp modified;  // when the segment was last written to
};

struct EpochEnd {  // the answer of OffsetForLeaderEpoch (KIP-101, KIP-279)
  LeaderEpoch epoch = kNoLeaderEpoch;
  Offset end_offset = kNoOffset;
};

struct AbortedTransaction {
  ProducerId producer_id;
  Offset first_offset;
};

// Work the log wants done away from the loop, in order. Run it on a disk thread.
using Chore = std::move_only_function<void()>;

class Log {
 public:
  virtual ~Log() = default;

  virtual const TopicPartition& topic_partition() const = 0;
  virtual std::string directory() const = 0;
  virtual TopicId topic_id() const = 0;  // zero if partition.metadata has none
  virtual Result<void> assign_topic_id(
      TopicId id) = 0;  // kInconsistentTopicId if another is on disk
  virtual std::shared_ptr<const LogConfig> config() const = 0;
  virtual void update_config(std::shared_ptr<const LogConfig> config) = 0;

  virtual Offset log_start_offset() const = 0;
  virtual Offset log_end_offset() const = 0;
  virtual Offset recovery_point() const = 0;
  virtual std::uint64_t size() const = 0;  // bytes of all segments
  virtual std::size_t segment_count() const = 0;
  // Kafka's last stable offset: the first offset of the earliest open transaction, or
  // `high_watermark`.
  virtual Offset last_stable_offset(Offset high_watermark) const = 0;
  virtual std::optional<LeaderEpoch> latest_epoch() const = 0;
  virtual bool has_open_transaction(
      ProducerId id) const = 0;  // KIP-890: verify before the first write
  virtual std::vector<ProducerEntry> active_producers() const = 0;  // DescribeProducers, by id

  // Assigns offsets to all of them under one lock and writes them with one syscall. One answer
  // each.
  virtual std::vector<Appended> append_as_leader(std::span<Appendable> batch_sets,
                                                 LeaderEpoch epoch, Timestamp now) = 0;
  // Batches keep their offsets and epochs; base offset of the first must be >= log end
  // (else kOffsetOutOfRange); offsets that fall or a bad CRC: kCorruptMessage.
  virtual Result<Appended> append_as_follower(env::Bytes records, Timestamp now) = 0;

  // From the batch that holds `from`, at most `max_bytes` (a last batch that does not fit is cut
  // there, as in Kafka: a reader takes whole batches and asks for the rest again), nothing at or
  // beyond `upper_bound` (a batch that straddles it is left out). min_one_batch: the first batch
  // whole even if larger.
  // Offset out of [log_start, log_end]: kOffsetOutOfRange.
  virtual Result<ReadSlice> read(Offset from, std::uint32_t max_bytes, bool min_one_batch,
                                 Offset upper_bound) = 0;
  virtual std::vector<AbortedTransaction> aborted_transactions(Offset from, Offset upper_bound) = 0;

  // First record with timestamp >= `at`, exact to the record; kNoOffset fields if none
  // (ListOffsets).
  virtual Result<TimestampAndOffset> offset_for_timestamp(Timestamp at) = 0;
  virtual Result<TimestampAndOffset> offset_of_max_timestamp() = 0;
  // Oldest first; behind a last segment that holds something, the log end as if written to `now`
  // (ListOffsets v0).
  virtual Result<std::vector<SegmentStart>> segment_starts(Timestamp now) const = 0;
  virtual EpochEnd end_offset_for_epoch(LeaderEpoch epoch) const = 0;
  virtual std::optional<LeaderEpoch> epoch_of_offset(Offset offset) const = 0;
  // Called when this replica becomes leader: records (epoch, log end) and writes the checkpoint.
  virtual Result<void> assign_epoch_start(LeaderEpoch epoch, Offset start) = 0;

  virtual Result<void> truncate_to(Offset offset) = 0;
  virtual Result<void> truncate_fully_and_start_at(Offset offset) = 0;
  // Advances the start (DeleteRecords, follower catching up); false if nothing changed.
  virtual Result<bool> maybe_advance_log_start(Offset offset) = 0;

  virtual Result<void> flush(Offset up_to) = 0;  // fsync, then recovery point = up_to
  // The last `bytes` of the log are such that nobody is likely to read them soon (env::File): their
  // pages are left to what others write and read. Called again and again while it grows, on a disk
  // thread: it blocks until the device has what was so begun before.
  virtual Result<void> write_behind(std::uint64_t bytes) = 0;
  // Deletes what retention.ms / retention.bytes / log start allow, never past `high_watermark`.
  // Count.
  virtual Result<int> delete_old_segments(Offset high_watermark, Timestamp now) = 0;
  // Drops producers idle for longer than producer.id.expiration.ms.
  virtual void expire_producers(Timestamp now) = 0;
  // Chores that earlier calls left behind (sync of a rolled segment, removal of *.deleted files
  // when due).
  virtual std::vector<Chore> take_chores(Timestamp now) = 0;
};

}  // namespace barnabas::log
