#include "env/posix/posix_random.h"

#include <sys/random.h>

#include <cerrno>

#include "env/check.h"

namespace barnabas::env {

namespace {

void fill(std::byte* into, std::size_t size) {
  while (size > 0) {
    ssize_t got = ::getrandom(into, size, 0);
    if (got < 0 && errno == EINTR) continue;
    BB_CHECK(got > 0);
    into += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace

std::uint64_t PosixRandom::next() {
  std::lock_guard lock(mutex_);
  if (used_ == pool_.size()) {
    fill(reinterpret_cast<std::byte*>(pool_.data()), sizeof(pool_));
    used_ = 0;
  }
  return pool_[used_++];
}

}  // namespace barnabas::env
