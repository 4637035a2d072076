#include "env/posix/posix_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace barnabas::env {

namespace {

constexpr std::uint64_t kPage = 4096;
// At least so much before a range is let go of: ranges differ in length.
constexpr std::uint64_t kWrittenBehind = 16 << 20;

// The pieces not yet written, as the kernel takes them.
class Remaining {
 public:
  explicit Remaining(std::span<const Bytes> pieces) {
    for (Bytes piece : pieces) {
      if (!piece.empty()) {
        vectors_.push_back({const_cast<std::byte*>(piece.data()), piece.size()});
      }
    }
  }
  bool empty() const { return first_ == vectors_.size(); }
  const iovec* data() const { return vectors_.data() + first_; }
  int count() const {
    return static_cast<int>(std::min<std::size_t>(vectors_.size() - first_, IOV_MAX));
  }

  void written(std::size_t size) {
    while (size > 0) {
      iovec& front = vectors_[first_];
      std::size_t part = std::min(size, front.iov_len);
      front.iov_base = static_cast<std::byte*>(front.iov_base) + part;
      front.iov_len -= part;
      size -= part;
      if (front.iov_len == 0) ++first_;
    }
  }

 private:
  std::vector<iovec> vectors_;
  std::size_t first_ = 0;
};

// A file system that cannot say (EOPNOTSUPP: overlay, some network ones) counts as resident: asking
// the disk threads for every read of it would be worse.
bool byte_resident(int fd, std::uint64_t position) {
  std::byte byte{};
  iovec vector{&byte, 1};
  ssize_t got = ::preadv2(fd, &vector, 1, static_cast<off_t>(position), RWF_NOWAIT);
  return got >= 0 || errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS;
}

// cachestat(2), which the C library does not have yet.
constexpr long kCachestat = 451;
struct CacheRange {
  std::uint64_t position;
  std::uint64_t length;
};
struct CacheCounts {
  std::uint64_t cached, dirty, written_back, evicted, recently_evicted;
};

// Nothing where the kernel cannot count: before Linux 6.5, or for this file.
std::optional<bool> all_cached(int fd, std::uint64_t position, std::uint64_t length) {
  CacheRange range{position, length};
  CacheCounts counts{};
  if (::syscall(kCachestat, fd, &range, &counts, 0) != 0) return std::nullopt;
  const std::uint64_t pages = (position + length - 1) / kPage - position / kPage + 1;
  return counts.cached >= pages;
}

// What is evicted goes in runs of pages; most of them are longer than this.
constexpr std::uint64_t kProbeDistance = 64 << 10;

bool probes_resident(int fd, std::uint64_t position, std::uint64_t end) {
  for (; position < end; position += kProbeDistance) {
    if (!byte_resident(fd, position)) return false;
  }
  return byte_resident(fd, end - 1);
}

// Only what says that something was lost is an error: a file system need not know how.
IoResult<void> write_out(int fd, std::uint64_t position, std::uint64_t length, unsigned how) {
  const auto from = static_cast<off64_t>(position);
  if (::sync_file_range(fd, from, static_cast<off64_t>(length), how) == 0) return {};
  const bool lost = errno == EIO || errno == ENOSPC || errno == EDQUOT;
  if (lost) return last_error();
  return {};
}

}  // namespace

PosixFile::PosixFile(Descriptor descriptor)
    : descriptor_(std::move(descriptor)), inode_(inode_of(descriptor_.get())) {
  count_open(inode_);
}

PosixFile::~PosixFile() { count_closed(inode_); }

IoResult<std::size_t> PosixFile::read_at(std::uint64_t position, MutableBytes into) {
  std::size_t done = 0;
  while (done < into.size()) {
    ssize_t got = ::pread(descriptor_.get(), into.data() + done, into.size() - done,
                          static_cast<off_t>(position + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_error();
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

IoResult<void> PosixFile::write_at(std::uint64_t position, std::span<const Bytes> pieces) {
  Remaining remaining(pieces);
  while (!remaining.empty()) {
    ssize_t got = ::pwritev(descriptor_.get(), remaining.data(), remaining.count(),
                            static_cast<off_t>(position));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_error();
    if (got == 0) return std::unexpected(std::make_error_code(std::errc::io_error));
    position += static_cast<std::uint64_t>(got);
    remaining.written(static_cast<std::size_t>(got));
  }
  return {};
}

IoResult<std::uint64_t> PosixFile::size() {
  struct ::stat s{};
  if (::fstat(descriptor_.get(), &s) != 0) return last_error();
  return static_cast<std::uint64_t>(s.st_size);
}

IoResult<void> PosixFile::truncate(std::uint64_t size) {
  struct ::stat before{};
  if (::fstat(descriptor_.get(), &before) != 0) return last_error();
  while (::ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return last_error();
  }
  if (static_cast<std::uint64_t>(before.st_size) == size) {
    const timespec times[] = {before.st_atim, before.st_mtim};
    if (::futimens(descriptor_.get(), times) != 0) return last_error();
  }
  return {};
}

void PosixFile::reserve(std::uint64_t end) {
  // Where the file system has no fallocate the blocks come with the writes.
  (void)::fallocate(descriptor_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(end));
}

IoResult<void> PosixFile::sync() {
  // Not repeated, not even after EINTR's cousins: after a failed fsync the kernel has dropped the
  // pages.
  if (::fdatasync(descriptor_.get()) != 0) return last_error();
  return {};
}

IoResult<void> PosixFile::write_behind(std::uint64_t position, std::uint64_t length) {
  const int fd = descriptor_.get();
  if (auto done = write_out(fd, position, length, SYNC_FILE_RANGE_WRITE); !done) return done;
  const std::uint64_t before = std::min(position, std::max(length, kWrittenBehind));
  if (before == 0) return {};
  const std::uint64_t from = position - before;
  constexpr unsigned kAndWait =
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  if (auto done = write_out(fd, from, before, kAndWait); !done) return done;
  (void)::posix_fadvise(fd, static_cast<off_t>(from), static_cast<off_t>(before),
                        POSIX_FADV_DONTNEED);
  return {};
}

bool PosixFile::resident(std::uint64_t position, std::uint64_t length) {
  if (length == 0) return true;
  const int fd = descriptor_.get();
  const std::uint64_t end = position + length;
  // What is being read is in the cache already: the ends are where a reader would meet that.
  if (!byte_resident(fd, position) || !byte_resident(fd, end - 1)) return false;
  if (length <= 2 * kPage) return true;
  const auto counted = all_cached(fd, position, length);
  return counted ? *counted : probes_resident(fd, position, end);
}

}  // namespace barnabas::env
