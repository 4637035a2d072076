#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <mutex>
#include <set>

#include "env/posix/descriptor.h"
#include "env/posix/posix_files.h"

namespace barnabas::env {

namespace {

// A record lock belongs to the process, so the kernel would grant it twice here, and closing any
// descriptor of the file drops it: what is locked already must not even be opened.
struct Locked {
  std::mutex mutex;
  std::set<Inode> inodes;
};

Locked& locked() {
  static Locked* table = new Locked;
  return *table;
}

class PosixLock : public FileLock {
 public:
  PosixLock(Descriptor descriptor, Inode inode)
      : descriptor_(std::move(descriptor)), inode_(inode) {}
  ~PosixLock() override {
    std::lock_guard lock(locked().mutex);
    locked().inodes.erase(inode_);
    descriptor_ = Descriptor();  // closing unlocks
  }
  PosixLock(const PosixLock&) = delete;
  PosixLock& operator=(const PosixLock&) = delete;

 private:
  Descriptor descriptor_;
  Inode inode_;
};

std::unexpected<std::error_code> taken() {
  return std::unexpected(std::make_error_code(std::errc::resource_unavailable_try_again));
}

}  // namespace

IoResult<std::unique_ptr<FileLock>> PosixFiles::lock(const std::string& path) {
  std::lock_guard guard(locked().mutex);
  struct ::stat s{};
  if (::stat(path.c_str(), &s) == 0 && locked().inodes.contains(Inode{s.st_dev, s.st_ino})) {
    return taken();
  }
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (file.get() < 0) return last_error();
  struct ::flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_SETLK, &whole) != 0) {
    if (errno == EACCES || errno == EAGAIN) return taken();
    return last_error();
  }
  Inode inode = inode_of(file.get());
  locked().inodes.insert(inode);
  return std::make_unique<PosixLock>(std::move(file), inode);
}

}  // namespace barnabas::env
