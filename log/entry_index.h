// One segment's offset index or time index: sorted fixed-size entries in a file.
//
// Owns        the file (through the shared set of open files); while active, the entries in memory.
// Does not    map the file. Active: entries are appended to a vector and written to the file only
//             by write_pending() and seal(), so an append costs no system call for them. Sealed:
//             read with pread through the shared cache; no memory per segment. Is that safe after
//             kill -9? The file then lacks entries (it reads as zeros, as Kafka's mapping does
//             where it was not written). Nobody trusts it: without the clean-shutdown marker every
//             segment from the recovery point's on is scanned and its indexes rebuilt, by us and by
//             Kafka alike, and the recovery point moves past a segment only after its seal() and
//             sync(), or inside the active one, which is always among those rebuilt.
// Threading   mutations under the log's mutex. Sealed lookups need no lock: the file does not
//             change. A lookup of an active index must hold the log's mutex.
// On disk active: pre-sized to segment.index.bytes (sparse), as Kafka does; sealed: exactly the
// entries.
//             Kafka believes the length of the file, hence the trim before any clean-shutdown
//             marker.
// Kafka       AbstractIndex, OffsetIndex, TimeIndex.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/index_entry.h"
#include "log/log_context.h"

namespace barnabas::log {

template <class Entry>
class EntryIndex {
 public:
  EntryIndex(LogContext& context, std::string path)
      : context_(context),
        file_(context.open_files, std::move(path)),
        id_(context.index_cache.new_id()) {}

  // A sealed index as it stands on disk; a missing file counts as empty.
  env::IoResult<void> open_sealed();
  // Makes the entries on disk (or none) the start of an active index of at most `max_bytes`.
  env::IoResult<void> activate(std::size_t max_bytes, bool keep_entries);
  env::IoResult<void> seal();           // writes what is missing and trims the file
  env::IoResult<void> write_pending();  // what the file lacks; the caller syncs

  void append(const Entry& entry) {
    entries_.push_back(entry);
    ++count_;
  }
  env::IoResult<void> truncate(std::size_t count);  // active: keeps the first `count` entries

  std::size_t size() const { return count_; }
  std::size_t capacity() const { return capacity_; }
  bool active() const { return active_; }
  env::IoResult<Entry> at(std::size_t i) const;
  env::IoResult<std::optional<Entry>> last() const;
  // The last entry for which `not_after(entry)` holds; entries are ordered so that it holds for a
  // prefix.
  template <class Predicate>
  env::IoResult<std::optional<Entry>> floor(Predicate not_after) const {
    std::size_t low = 0;
    std::size_t high = count_;
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      const auto entry = at(middle);
      if (!entry) return std::unexpected(entry.error());
      if (not_after(*entry)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) return std::optional<Entry>();
    const auto found = at(low - 1);
    if (!found) return std::unexpected(found.error());
    return std::optional<Entry>(*found);
  }

  LazyFile& file() { return file_; }

 private:
  LogContext& context_;
  mutable LazyFile file_;
  std::uint64_t id_;
  std::vector<Entry> entries_;  // while active
  std::size_t count_ = 0;
  std::size_t written_ = 0;  // of entries_
  std::size_t capacity_ = 0;
  bool active_ = false;
};

using OffsetIndex = EntryIndex<OffsetEntry>;
using TimeIndex = EntryIndex<TimeEntry>;

extern template class EntryIndex<OffsetEntry>;
extern template class EntryIndex<TimeEntry>;

}  // namespace barnabas::log
