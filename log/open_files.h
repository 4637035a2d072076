// The open files of all logs: opened when first needed, closed again when too many are open.
//
// Owns        the handles of every LazyFile made for it, at most `limit` of them open at once.
// Does not    close a handle that somebody still holds (a FileSlice being sent): it only lets go of
//             its own. In that case more than `limit` descriptors can be open for a while.
// Threading   get() of different files from any thread, also of the same one. The pool's mutex is
//             taken only when a file is opened; using an open one takes the file's own,
//             uncontended, mutex.
// Kafka       none: it keeps every segment's file open and every index mapped
//             (what-users-suffer-from 8).
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "env/files.h"

namespace barnabas::log {

class OpenFiles;

// One file by its path, open or not.
class LazyFile {
 public:
  LazyFile(OpenFiles& pool, std::string path) : pool_(pool), path_(std::move(path)) {}
  ~LazyFile();
  LazyFile(const LazyFile&) = delete;
  LazyFile& operator=(const LazyFile&) = delete;

  // The open handle; opens (and creates, if `create`) the file when it is not.
  env::IoResult<std::shared_ptr<env::File>> get(bool create = false);
  std::string path() const;
  // After the file (or its directory) was renamed: the open handle stays good.
  void moved_to(std::string path);
  void close();

 private:
  friend class OpenFiles;
  OpenFiles& pool_;
  mutable std::mutex mutex_;
  std::string path_;
  std::shared_ptr<env::File> file_;
  std::atomic<bool> used_ = false;
  std::size_t slot_ = 0;  // in the pool's ring, while open; under the pool's mutex
  bool listed_ = false;   // under the pool's mutex
};

class OpenFiles {
 public:
  OpenFiles(env::Files& files, std::size_t limit) : files_(files), limit_(limit == 0 ? 1 : limit) {}
  env::Files& files() { return files_; }
  std::size_t open_count() const;

 private:
  friend class LazyFile;
  void enter(LazyFile& file);
  void leave(LazyFile& file);
  void unlist(LazyFile& file);  // under mutex_
  void evict_one();

  env::Files& files_;
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::vector<LazyFile*> ring_;
  std::size_t hand_ = 0;
};

}  // namespace barnabas::log
