#include "log/open_files.h"

namespace barnabas::log {

LazyFile::~LazyFile() { pool_.leave(*this); }

env::IoResult<std::shared_ptr<env::File>> LazyFile::get(bool create) {
  std::shared_ptr<env::File> file;
  {
    const std::lock_guard lock(mutex_);
    used_.store(true, std::memory_order_relaxed);
    if (file_) return file_;
    auto opened =
        pool_.files().open(path_, create ? env::OpenMode::kCreate : env::OpenMode::kReadWrite);
    if (!opened) return opened;
    file = file_ = std::move(*opened);
  }
  pool_.enter(*this);
  return file;
}

std::string LazyFile::path() const {
  const std::lock_guard lock(mutex_);
  return path_;
}

void LazyFile::moved_to(std::string path) {
  const std::lock_guard lock(mutex_);
  path_ = std::move(path);
}

void LazyFile::close() {
  pool_.leave(*this);
  const std::lock_guard lock(mutex_);
  file_.reset();
}

std::size_t OpenFiles::open_count() const {
  const std::lock_guard lock(mutex_);
  return ring_.size();
}

void OpenFiles::enter(LazyFile& file) {
  const std::lock_guard lock(mutex_);
  if (file.listed_) return;
  while (ring_.size() >= limit_) evict_one();
  file.slot_ = ring_.size();
  file.listed_ = true;
  ring_.push_back(&file);
}

void OpenFiles::leave(LazyFile& file) {
  const std::lock_guard lock(mutex_);
  if (file.listed_) unlist(file);
}

void OpenFiles::unlist(LazyFile& file) {
  ring_[file.slot_] = ring_.back();
  ring_[file.slot_]->slot_ = file.slot_;
  ring_.pop_back();
  file.listed_ = false;
}

// The clock algorithm: the hand passes over files used since it last came by.
void OpenFiles::evict_one() {
  for (;;) {
    if (hand_ >= ring_.size()) hand_ = 0;
    LazyFile& candidate = *ring_[hand_];
    if (candidate.used_.exchange(false, std::memory_order_relaxed)) {
      ++hand_;
      continue;
    }
    std::shared_ptr<env::File> closing;
    {
      const std::lock_guard lock(candidate.mutex_);
      closing = std::move(candidate.file_);
    }
    unlist(candidate);
    return;
  }
}

}  // namespace barnabas::log
