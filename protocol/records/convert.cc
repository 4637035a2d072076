#include "protocol/records/convert.h"

#include <algorithm>
#include <array>
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

constexpr std::size_t kPiece = 128 << 10;  // what Kafka converts, and fills up, at a time

// Takes off whole batches, at least one, else no more than make a piece; nothing: none is whole.
Bytes take_piece(Bytes& records) {
  std::size_t size = 0;
  for (;;) {
    const auto batch = next_batch(records.subspan(size));
    if (!batch || (size > 0 && size + batch->size() > kPiece)) break;
    size += batch->size();
  }
  const Bytes piece = records.first(size);
  records = records.subspan(size);
  return piece;
}

void fill_up(Buffer& out, std::size_t size) {
  const std::size_t missing = size - out.size();
  std::array<std::byte, kLogOverhead> header;
  store_be<std::int64_t>(header.data(), -1);
  store_be(header.data() + FieldOf::kLength,
           static_cast<std::int32_t>(std::max(missing + 1, kBatchOverhead)));
  append_bytes(out, header);
  out.resize(size);
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

Result<std::optional<Buffer>> down_convert_slice(Bytes slice, std::int8_t magic,
                                                 Offset first_offset) {
  const auto first = next_batch(slice);
  if (!first && first.error().is_short()) return Buffer{};
  if (!first) return std::unexpected(ErrorCode::kCorruptMessage);
  auto out = down_convert(slice.first(first->size()), magic, first_offset);
  if (!out) return std::unexpected(out.error());
  const std::size_t size = std::max(slice.size(), out->size());
  for (Bytes rest = slice.subspan(first->size()); out->size() < size;) {
    const Bytes piece = take_piece(rest);
    const auto converted = down_convert(piece, magic, first_offset);
    if (!converted && size - out->size() > kPiece) return std::nullopt;
    if (piece.empty() || !converted) {
      fill_up(*out, size);
    } else {
      append_bytes(*out, *converted);
    }
  }
  out->resize(size);
  return *std::move(out);
}

}  // namespace barnabas::records
