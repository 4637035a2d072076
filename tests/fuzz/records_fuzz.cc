// Records from anybody: walking, reading, checking, rewriting and down-converting them may fail,
// never misbehave; and what validation lets into a log can be read back by everybody else.
#include <cstdio>
#include <cstdlib>

#include "protocol/records/batch.h"
#include "protocol/records/convert.h"
#include "protocol/records/crc32.h"
#include "protocol/records/crc32c.h"
#include "protocol/records/record_reader.h"
#include "protocol/records/validate.h"

namespace barnabas::records {
namespace {

constexpr std::uint64_t kLimit = 1 << 22;

void require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

struct Seen {
  std::int64_t records = 0;
  std::int64_t key_bytes = 0;
  std::int64_t header_bytes = 0;
  bool whole = false;
  bool too_large = false;
};

Seen read_all(const BatchView& batch, bool skip_bodies) {
  Seen seen;
  const auto read = for_each_record(batch,
                                    [&](const Record& r) {
                                      ++seen.records;
                                      seen.key_bytes += r.key_size;
                                      for (const Header& h : r.headers)
                                        seen.header_bytes +=
                                            static_cast<std::int64_t>(h.key.size());
                                      return true;
                                    },
                                    {.max_decompressed = kLimit, .skip_bodies = skip_bodies});
  seen.whole = read.has_value();
  seen.too_large = !read && read.error().kind == RecordFault::Kind::kTooLarge;
  return seen;
}

// A fuzzer never guesses a CRC, so the batches get theirs.
void repair(Buffer& buffer) {
  for (std::size_t at = 0;;) {
    const auto batch = next_batch(Bytes(buffer).subspan(at));
    if (!batch) return;
    const std::size_t crc = batch->is_legacy() ? kLogOverhead : FieldOf::kCrc;
    store_be(buffer.data() + at + crc, batch->computed_crc());
    require(batch->crc_valid(), "a repaired CRC is valid");
    at += batch->size();
  }
}

void walk(const Buffer& buffer) {
  for (Bytes rest = buffer;;) {
    const auto batch = next_batch(rest);
    if (!batch) return;
    const Seen full = read_all(*batch, false), skipped = read_all(*batch, true);
    require(full.whole == skipped.whole, "a batch is whole or not, bodies skipped or not");
    if (full.whole)
      require(full.key_bytes == skipped.key_bytes, "sizes are the same without bodies");
    first_record_offset(*batch, {.max_decompressed = kLimit});
    rest = rest.subspan(batch->size());
  }
}

void append(Buffer buffer, const ValidationRules& rules) {
  const TopicPartition partition{"t", PartitionIndex(0)};
  const auto analysis = analyze(buffer, partition, Origin::kClient, std::nullopt);
  if (!analysis) return;
  const Assignment assignment{
      .first_offset = Offset(50), .leader_epoch = LeaderEpoch(1), .now = Timestamp(9)};
  const auto result =
      validate_and_assign_offsets(buffer, *analysis, partition, Origin::kClient, rules, assignment);
  if (!result) return;
  const auto batch = next_batch(result->rewritten ? *result->rewritten : buffer);
  require(batch && batch->crc_valid(), "what is appended has a valid CRC");
  require(batch->last_offset() == result->last_offset, "offsets are as told");
  require(batch->max_timestamp() == result->max_timestamp, "the largest time is as told");
  const Seen seen = read_all(*batch, false);
  require(seen.whole || seen.too_large, "what is appended can be read");
}

}  // namespace
}  // namespace barnabas::records

int fuzz_records(const std::uint8_t* data, std::size_t size) {
  using namespace barnabas::records;
  const Bytes in = std::as_bytes(std::span(data, size));
  Buffer buffer(in.begin(), in.end());
  check_produce_records(buffer, 8);
  walk(buffer);
  repair(buffer);
  for (const std::int8_t magic : {0, 1}) {
    const auto old = down_convert(buffer, magic, barnabas::Offset(0));
    if (old) walk(*old);
  }
  append(buffer, {});
  append(buffer, {.timestamp_type = TimestampType::kLogAppendTime,
                  .compression = Compression{Codec::kLz4}});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz_records(data, size);
}
