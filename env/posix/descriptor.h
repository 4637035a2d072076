// A file descriptor that closes itself, and which inodes this process has open or locked.
#pragma once

#include <cstdint>
#include <expected>
#include <system_error>
#include <utility>

namespace barnabas::env {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Inode {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  friend auto operator<=>(const Inode&, const Inode&) = default;
};

std::unexpected<std::error_code> last_error();  // errno as a value
Inode inode_of(int fd);

// How many Files of this process are open on an inode.
void count_open(Inode inode);
void count_closed(Inode inode);
bool is_open(Inode inode);

}  // namespace barnabas::env
