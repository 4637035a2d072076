// Walks the batches of a log file from a position on, one at a time, reading no more than it must.
//
// Owns        a buffer of the size of the largest batch seen.
// Does not    stop at a bad CRC; look at records.
// Kafka       FileRecords.batches with FileLogInputStream.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "env/files.h"
#include "protocol/records/batch.h"

namespace barnabas::tools {

class BatchScan {
 public:
  // Reads [position, end) of `file`; `name` is for error texts.
  BatchScan(std::shared_ptr<env::File> file, std::string name, std::uint64_t position,
            std::uint64_t end)
      : file_(std::move(file)), name_(std::move(name)), position_(position), end_(end) {}

  // The next batch, good until the next call; nothing at the end or where only a part of one is
  // left.
  std::expected<std::optional<records::BatchView>, std::string> next();
  std::uint64_t position() const { return position_; }  // after the batch last given

 private:
  std::expected<std::optional<std::size_t>, std::string> size_of_next();

  std::shared_ptr<env::File> file_;
  std::string name_;
  std::uint64_t position_;
  std::uint64_t end_;
  std::vector<std::byte> buffer_;
};

}  // namespace barnabas::tools
