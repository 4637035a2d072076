#include "log/batch_scan.h"

#include <algorithm>
#include <cstring>

#include "env/big_endian.h"

namespace barnabas::log {
namespace {

// Enough for most searches: index entries stand about every 4096 bytes.
constexpr std::size_t kScanBytes = 8192;
constexpr std::size_t kSmallestHeader = records::kMagicOffset + 1;
constexpr std::size_t kTimestampV1 = 18;

BatchPlace place_of(env::Bytes head, std::uint64_t position, std::size_t size) {
  BatchPlace place;
  place.position = position;
  place.size = size;
  place.magic = env::load_be<std::int8_t>(head.data() + records::kMagicOffset);
  place.base = place.last = Offset(env::load_be<std::int64_t>(head.data()));
  if (place.magic == 1)
    place.max_timestamp = Timestamp(env::load_be<std::int64_t>(head.data() + kTimestampV1));
  if (place.magic < 2) return place;
  const auto header = records::BatchHeader::parse(head.first<records::kBatchOverhead>());
  place.last = header.base_offset + std::int64_t{header.last_offset_delta};
  place.max_timestamp = header.max_timestamp;
  place.epoch = header.leader_epoch;
  return place;
}

std::size_t header_size(env::Bytes head) {
  const auto magic = env::load_be<std::int8_t>(head.data() + records::kMagicOffset);
  return magic >= 2   ? records::kBatchOverhead
         : magic == 1 ? records::kMessageOverheadV1
                      : kSmallestHeader;
}

}  // namespace

BatchScanner::BatchScanner(std::shared_ptr<env::File> file, std::uint64_t position,
                           std::uint64_t end)
    : file_(std::move(file)), position_(position), end_(end) {}

env::IoResult<env::Bytes> BatchScanner::peek(std::size_t bytes) {
  const std::size_t wanted = std::min<std::uint64_t>(bytes, end_ - position_);
  const bool inside = position_ >= buffer_at_ && position_ + wanted <= buffer_at_ + buffer_.size();
  if (!inside) {
    buffer_.resize(std::min<std::uint64_t>(kScanBytes, end_ - position_));
    buffer_at_ = position_;
    const auto read = file_->read_at(position_, buffer_);
    if (!read) return std::unexpected(read.error());
    buffer_.resize(*read);
  }
  const std::size_t at = position_ - buffer_at_;
  return env::Bytes(buffer_).subspan(at, std::min(wanted, buffer_.size() - at));
}

env::IoResult<std::optional<BatchPlace>> BatchScanner::next() {
  const auto nothing = [] { return std::optional<BatchPlace>(); };
  if (position_ >= end_) return nothing();
  auto head = peek(records::kBatchOverhead);
  if (!head) return std::unexpected(head.error());
  if (head->size() < kSmallestHeader) return nothing();
  const auto size = records::next_batch_size(*head);
  if (!size || *size > end_ - position_ || header_size(*head) > head->size()) return nothing();
  const BatchPlace place = place_of(*head, position_, *size);
  position_ += *size;
  return std::optional(place);
}

BatchReader::BatchReader(std::shared_ptr<env::File> file, std::uint64_t position, std::uint64_t end,
                         std::size_t read_ahead)
    : file_(std::move(file)), position_(position), end_(end), read_ahead_(read_ahead) {}

env::IoResult<bool> BatchReader::fill(std::size_t wanted) {
  if (size_ - begin_ >= wanted) return true;
  const std::size_t have = size_ - begin_;
  if (wanted > end_ - position_) return false;
  if (have > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, have);
  begin_ = 0;
  size_ = have;
  buffer_.resize(std::max({wanted, read_ahead_, have}));
  const std::size_t space = std::min<std::uint64_t>(buffer_.size() - have, end_ - position_ - have);
  const auto read =
      file_->read_at(position_ + have, env::MutableBytes(buffer_).subspan(have, space));
  if (!read) return std::unexpected(read.error());
  size_ += *read;
  return size_ >= wanted;
}

env::IoResult<std::optional<records::BatchView>> BatchReader::next() {
  const auto nothing = [&](records::BatchError why) {
    if (position_ < end_) fault_ = why;
    return std::optional<records::BatchView>();
  };
  std::size_t wanted = kSmallestHeader;
  for (;;) {
    const auto filled = fill(wanted);
    if (!filled) return std::unexpected(filled.error());
    const env::Bytes bytes = env::Bytes(buffer_).subspan(begin_, size_ - begin_);
    if (!*filled) return nothing({records::BatchError::Kind::kShort, 0});
    const auto size = records::next_batch_size(bytes);
    if (!size) return nothing(size.error());
    if (*size > bytes.size()) {
      wanted = *size;
      continue;
    }
    const auto batch = records::next_batch(bytes.first(*size));
    if (!batch) return nothing(batch.error());
    begin_ += *size;
    position_ += *size;
    return std::optional(*batch);
  }
}

}  // namespace barnabas::log
