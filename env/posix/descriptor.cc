#include "env/posix/descriptor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>

namespace barnabas::env {

namespace {

struct OpenInodes {
  std::mutex mutex;
  std::map<Inode, int> counts;
};

OpenInodes& open_inodes() {
  static OpenInodes* table = new OpenInodes;  // outlives every static that holds a File
  return *table;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::unexpected<std::error_code> last_error() {
  return std::unexpected(std::error_code(errno, std::generic_category()));
}

Inode inode_of(int fd) {
  struct ::stat s{};
  if (::fstat(fd, &s) != 0) return Inode{};
  return Inode{s.st_dev, s.st_ino};
}

void count_open(Inode inode) {
  std::lock_guard lock(open_inodes().mutex);
  ++open_inodes().counts[inode];
}

void count_closed(Inode inode) {
  std::lock_guard lock(open_inodes().mutex);
  auto found = open_inodes().counts.find(inode);
  if (--found->second == 0) open_inodes().counts.erase(found);
}

bool is_open(Inode inode) {
  std::lock_guard lock(open_inodes().mutex);
  return open_inodes().counts.contains(inode);
}

}  // namespace barnabas::env
