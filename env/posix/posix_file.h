// One open file of the machine.
#pragma once

#include "env/files.h"
#include "env/posix/descriptor.h"

namespace barnabas::env {

class PosixFile : public File {
 public:
  explicit PosixFile(Descriptor descriptor);
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  IoResult<std::size_t> read_at(std::uint64_t position, MutableBytes into) override;
  IoResult<void> write_at(std::uint64_t position, std::span<const Bytes> pieces) override;
  IoResult<std::uint64_t> size() override;
  IoResult<void> truncate(std::uint64_t size) override;
  void reserve(std::uint64_t end) override;
  IoResult<void> sync() override;
  IoResult<void> write_behind(std::uint64_t position, std::uint64_t length) override;
  bool resident(std::uint64_t position, std::uint64_t length) override;
  int descriptor() const override { return descriptor_.get(); }

 private:
  Descriptor descriptor_;
  Inode inode_;
};

}  // namespace barnabas::env
