#include "broker/api/fetch_convert.h"

#include "protocol/records/convert.h"

namespace barnabas::broker::api {
namespace {

constexpr std::int16_t kFirstWithMagic1 = 2;
constexpr std::int16_t kFirstWithMagic2 = 4;

std::optional<std::vector<std::byte>> read_all(const env::FileSlice& slice) {
  std::vector<std::byte> bytes(slice.length);
  const auto got = slice.file->read_at(slice.position, bytes);
  if (!got || *got != bytes.size()) return std::nullopt;
  return bytes;
}

}  // namespace

// Readers that do not know zstd are refused by the topic's compression.type (KIP-110).
ErrorCode FetchConverter::refusal(const log::LogConfig& config, bool follower) const {
  if (version_ < kRefusesNobody && config.compression_type == log::CompressionType::kZstd) {
    return ErrorCode::kUnsupportedCompressionType;
  }
  if (version_ < kFirstWithMagic2 && !follower && !config.message_downconversion) {
    return ErrorCode::kUnsupportedVersion;
  }
  return ErrorCode::kNone;
}

bool FetchConverter::convert(protocol::FetchResponse::PartitionData& row,
                             const env::FileSlice& slice, Offset first_offset) {
  if (slice.length == 0 || version_ >= kFirstWithMagic2) return true;
  const auto bytes = read_all(slice);
  if (!bytes) {
    row.error_code = ErrorCode::kKafkaStorageError;
    row.records = Records::empty();
    return true;
  }
  const std::int8_t magic = version_ >= kFirstWithMagic1 ? 1 : 0;
  auto converted = records::down_convert_slice(*bytes, magic, first_offset);
  if (!converted) {
    row.error_code = converted.error();
    row.high_watermark = kNoOffset;
    row.records = Records();
    return true;
  }
  if (!*converted) return false;
  converted_.push_back(**std::move(converted));
  row.records = Records(std::vector<Records::Piece>{env::Bytes(converted_.back())});
  return true;
}

}  // namespace barnabas::broker::api
