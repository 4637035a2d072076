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

void FetchConverter::convert(protocol::FetchResponse::PartitionData& row,
                             const env::FileSlice& slice, Offset first_offset) {
  if (slice.length == 0 || version_ >= kFirstWithMagic2) return;
  const auto fail = [&](ErrorCode error) {
    row.error_code = error;
    row.records = Records::empty();
  };
  const auto bytes = read_all(slice);
  if (!bytes) return fail(ErrorCode::kKafkaStorageError);
  const std::int8_t magic = version_ >= kFirstWithMagic1 ? 1 : 0;
  auto converted = records::down_convert(*bytes, magic, first_offset);
  if (!converted) return fail(converted.error());
  converted_.push_back(std::move(*converted));
  row.records = Records(std::vector<Records::Piece>{env::Bytes(converted_.back())});
}

}  // namespace barnabas::broker::api
