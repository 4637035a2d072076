#include "protocol/records/convert.h"

#include <cassert>

#include "protocol/records/builder.h"
#include "protocol/records/record_reader.h"

namespace barnabas::records {

namespace {

Result<void> append_converted(const BatchView& batch, std::int8_t magic, Offset first_offset,
                              Buffer& out) {
  const auto codec = batch.codec();
  if (!codec) return std::unexpected(ErrorCode::kUnknownServerError);
  if (*codec == Codec::kZstd) return std::unexpected(ErrorCode::kUnsupportedCompressionType);
  std::optional<RecordBatchBuilder> builder;  // its base is the first record that is kept
  bool rising = true;                         // a client may have sent offsets in any order
  const auto read = for_each_record(batch, [&](const Record& record) {
    if (!batch.is_compressed() && record.offset < first_offset) return true;
    if (!builder) {
      builder.emplace(BatchOptions{.magic = magic,
                                   .compression = Compression{.codec = *codec},
                                   .base_offset = record.offset,
                                   .timestamp_type = batch.timestamp_type(),
                                   .log_append_time = batch.max_timestamp()});
    }
    rising = record.offset > builder->last_offset();
    if (rising) builder->append_with_offset(record.offset, record);
    return rising;
  });
  if (!read) return std::unexpected(read.error().code());
  if (!rising) return std::unexpected(ErrorCode::kUnknownServerError);
  if (builder) append_bytes(out, builder->build());
  return {};
}

}  // namespace

Result<Buffer> down_convert(Bytes records, std::int8_t magic, Offset first_offset) {
  assert(magic == 0 || magic == 1);
  Buffer out;
  while (true) {
    const auto batch = next_batch(records);
    if (!batch) {
      if (batch.error().is_short()) return out;
      return std::unexpected(ErrorCode::kCorruptMessage);
    }
    records = records.subspan(batch->size());
    if (batch->is_control()) continue;
    if (batch->magic() <= magic) {
      append_bytes(out, batch->bytes());
      continue;
    }
    const auto ok = append_converted(*batch, magic, first_offset, out);
    if (!ok) return std::unexpected(ok.error());
  }
}

}  // namespace barnabas::records
