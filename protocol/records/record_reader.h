// Reads the records of one batch, of any magic and codec, one after the other.
//
// Owns        the decompressor and its window.
// Does not    check the batch's CRC; allocate per record; believe a length before its bytes come.
// Threading   one thread at a time.
// Kafka       DefaultRecordBatch's iterators (plain, streaming, skipping keys and values) and the
//             deep iterator of AbstractLegacyRecordBatch. Differs: skip_bodies also checks that a
//             record is as long as it says; inner messages always have their CRC checked.
#pragma once

#include <expected>
#include <memory>

#include "protocol/records/batch.h"
#include "protocol/records/compression.h"
#include "protocol/records/record.h"

namespace barnabas::records {

inline constexpr std::uint64_t kDefaultDecompressedLimit = std::uint64_t{512} << 20;

struct ReadOptions {
  std::uint64_t max_decompressed = kDefaultDecompressedLimit;  // bytes of one batch
  // Leaves key, value and headers out (sizes are told); a record of any size then needs no memory.
  bool skip_bodies = false;
};

class RecordReader {
 public:
  // The batch's bytes must outlive the reader.
  static std::expected<RecordReader, RecordFault> open(BatchView batch, ReadOptions options = {});
  RecordReader(RecordReader&&) noexcept;
  RecordReader& operator=(RecordReader&&) noexcept;
  ~RecordReader();

  // The next record, good until the next call; null after the last. After a fault: the same fault
  // again.
  std::expected<const Record*, RecordFault> next();

  class Source;  // by magic

 private:
  explicit RecordReader(std::unique_ptr<Source> source);
  std::unique_ptr<Source> source_;
};

// Calls f(const Record&) for each record; stops early when f returns false.
template <class F>
std::expected<void, RecordFault> for_each_record(BatchView batch, F&& f, ReadOptions options = {}) {
  auto reader = RecordReader::open(batch, options);
  if (!reader) return std::unexpected(reader.error());
  for (;;) {
    auto record = reader->next();
    if (!record) return std::unexpected(record.error());
    if (*record == nullptr || !f(**record)) return {};
  }
}

// The offset of the batch's first record: base_offset, except for a compressed magic 0/1 message.
std::expected<Offset, RecordFault> first_record_offset(BatchView batch, ReadOptions options = {});

}  // namespace barnabas::records
