#include "tools/batch_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace barnabas::tools {

std::expected<std::optional<std::size_t>, std::string> BatchScan::size_of_next() {
  std::array<std::byte, records::kMagicOffset + 1> head{};
  const auto left = end_ > position_ ? end_ - position_ : 0;
  const auto wanted = std::min<std::uint64_t>(head.size(), left);
  const auto read = file_->read_at(position_, std::span(head).first(wanted));
  if (!read) return std::unexpected(fmt::format("{}: {}", name_, read.error().message()));
  const auto size = records::next_batch_size(std::span(head).first(*read));
  if (size) return *size <= left ? std::optional(*size) : std::nullopt;
  if (size.error().is_short()) return std::nullopt;
  if (size.error().kind == records::BatchError::Kind::kTooSmall) {
    return std::unexpected(
        fmt::format("Found record size {} smaller than minimum record overhead (14) in file {}.",
                    size.error().value, name_));
  }
  return std::unexpected(fmt::format("{} in file {}.", size.error().message(), name_));
}

std::expected<std::optional<records::BatchView>, std::string> BatchScan::next() {
  const auto size = size_of_next();
  if (!size) return std::unexpected(size.error());
  if (!*size) return std::nullopt;
  buffer_.resize(std::max(buffer_.size(), **size));
  const auto bytes = std::span(buffer_).first(**size);
  const auto read = file_->read_at(position_, bytes);
  if (!read) return std::unexpected(fmt::format("{}: {}", name_, read.error().message()));
  const auto batch = records::next_batch(bytes.first(*read));
  if (!batch) return std::unexpected(fmt::format("{} in file {}.", batch.error().message(), name_));
  position_ += batch->size();
  return *batch;
}

}  // namespace barnabas::tools
