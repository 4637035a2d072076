// Walks the batches of a log file for the tools, which want sentences: log::BatchReader, reading no
// more than it must, with Kafka's words for what is no batch.
//
// Does not    stop at a bad CRC; look at records.
// Kafka       FileRecords.batches with FileLogInputStream.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "log/batch_scan.h"

namespace barnabas::tools {

class BatchScan {
 public:
  // Reads [position, end) of `file`; `name` is for error texts.
  BatchScan(std::shared_ptr<env::File> file, std::string name, std::uint64_t position,
            std::uint64_t end)
      : reader_(std::move(file), position, end, 0), name_(std::move(name)) {}

  // The next batch, good until the next call; nothing at the end or where only a part of one is
  // left.
  std::expected<std::optional<records::BatchView>, std::string> next();
  std::uint64_t position() const { return reader_.position(); }  // after the batch last given

 private:
  log::BatchReader reader_;
  std::string name_;
};

}  // namespace barnabas::tools
