// Walks over the batches of a log file.
//
// BatchScanner  looks at headers only: finds a batch by offset, position or time.
// BatchReader   reads whole batches: recovery, replay, exact search inside a batch, and the tools.
// Owns          a handle and a small buffer. Does not check CRCs or trust lengths: what is no batch
//               ends the walk, and ended_in_fault() tells that it was not the end of the range.
// Threading     one thread at a time; needs no lock of the log's, since it looks at [position, end)
//               only.
// Kafka         FileLogInputStream.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "env/files.h"
#include "protocol/records/batch.h"
#include "protocol/types.h"

namespace barnabas::log {

struct BatchPlace {
  std::uint64_t position = 0;
  std::uint64_t size = 0;
  std::int8_t magic = 2;
  Offset base;
  Offset last;
  Timestamp max_timestamp = kNoTimestamp;
  LeaderEpoch epoch = kNoLeaderEpoch;

  std::uint64_t end() const { return position + size; }
};

class BatchScanner {
 public:
  BatchScanner(std::shared_ptr<env::File> file, std::uint64_t position, std::uint64_t end);

  // The next batch that lies in the range as a whole; nothing at the end of the batches.
  env::IoResult<std::optional<BatchPlace>> next();
  bool ended_in_fault() const { return position_ < end_; }
  std::uint64_t position() const { return position_; }  // behind the last batch given

 private:
  env::IoResult<env::Bytes> peek(std::size_t bytes);  // fewer at the end

  std::shared_ptr<env::File> file_;
  std::uint64_t position_;
  std::uint64_t end_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_at_ = 0;
};

class BatchReader {
 public:
  static constexpr std::size_t kReadAhead = 256 << 10;
  // Reads `read_ahead` bytes at a time, or what a larger batch takes; 0: never more than it must.
  BatchReader(std::shared_ptr<env::File> file, std::uint64_t position, std::uint64_t end,
              std::size_t read_ahead = kReadAhead);

  // The next whole batch, good until the next call; nothing at the end. `fault` says why it ended
  // early.
  env::IoResult<std::optional<records::BatchView>> next();
  std::uint64_t position() const { return position_; }  // behind the last batch given
  const std::optional<records::BatchError>& fault() const { return fault_; }

 private:
  env::IoResult<bool> fill(std::size_t wanted);  // false: the range has less

  std::shared_ptr<env::File> file_;
  std::uint64_t position_;
  std::uint64_t end_;
  std::size_t read_ahead_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;  // bytes in the buffer, from its start
  std::optional<records::BatchError> fault_;
};

}  // namespace barnabas::log
