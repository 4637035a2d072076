// Handles into a Volume. They die with the process that opened them.
#pragma once

#include <memory>
#include <string>

#include "env/sim/volume.h"

namespace barnabas::env::sim {

class SimFile : public File {
 public:
  SimFile(Volume* volume, std::shared_ptr<Inode> inode, std::string path, bool writable);

  IoResult<std::size_t> read_at(std::uint64_t position, MutableBytes into) override;
  IoResult<void> write_at(std::uint64_t position, std::span<const Bytes> pieces) override;
  IoResult<std::uint64_t> size() override;
  IoResult<void> truncate(std::uint64_t size) override;
  void reserve(std::uint64_t) override {}
  IoResult<void> sync() override;
  IoResult<void> write_behind(std::uint64_t position, std::uint64_t length) override;
  bool resident(std::uint64_t position, std::uint64_t length) override;

 private:
  // What keeps the operation from happening, if anything does.
  std::error_code refused(FileOp op);
  bool dead() const { return generation_ != volume_->generation_; }

  Volume* volume_;
  std::shared_ptr<Inode> inode_;
  std::string path_;
  bool writable_;
  std::uint64_t generation_;
};

class SimLock : public FileLock {
 public:
  SimLock(Volume* volume, std::shared_ptr<Inode> inode)
      : volume_(volume), inode_(std::move(inode)), generation_(volume->generation_) {}
  ~SimLock() override {
    if (generation_ == volume_->generation_) volume_->locked_.erase(inode_);
  }
  SimLock(const SimLock&) = delete;
  SimLock& operator=(const SimLock&) = delete;

 private:
  Volume* volume_;
  std::shared_ptr<Inode> inode_;
  std::uint64_t generation_;
};

}  // namespace barnabas::env::sim
