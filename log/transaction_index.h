// One segment's index of aborted transactions (N.txnindex); the file exists only once there is one.
//
// Owns        the file; the entries are read from it when asked for (aborts are rare).
// Does not    cache. Threading: append under the log's mutex; collect() needs no lock.
// Kafka       TransactionIndex.
#pragma once

#include <string>
#include <vector>

#include "log/index_entry.h"
#include "log/log_context.h"

namespace barnabas::log {

class TransactionIndex {
 public:
  TransactionIndex(LogContext& context, std::string path)
      : context_(context), file_(context.open_files, std::move(path)) {}

  env::IoResult<void> open();  // finds out how many entries there are
  env::IoResult<void> append(const AbortedEntry& entry);
  env::IoResult<std::vector<AbortedEntry>> all() const;
  env::IoResult<void> truncate_to(Offset end);  // keeps entries whose marker lies below `end`
  env::IoResult<void> reset();                  // no entries, no file
  env::IoResult<void> sync();
  bool exists() const { return exists_; }
  LazyFile& file() { return file_; }

 private:
  LogContext& context_;
  mutable LazyFile file_;
  std::uint64_t count_ = 0;
  bool exists_ = false;
};

// Those of `entries` that a reader of [from, upper) must know; `complete` is set when no later
// segment can hold another one.
struct AbortedSearch {
  std::vector<AbortedEntry> found;
  bool complete = false;
};
AbortedSearch collect_aborted(const std::vector<AbortedEntry>& entries, Offset from, Offset upper);

}  // namespace barnabas::log
