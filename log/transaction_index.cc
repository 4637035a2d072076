#include "log/transaction_index.h"

#include <algorithm>
#include <array>

namespace barnabas::log {

env::IoResult<void> TransactionIndex::open() {
  const auto stat = context_.files.stat(file_.path());
  if (!stat && stat.error() != std::errc::no_such_file_or_directory)
    return std::unexpected(stat.error());
  exists_ = stat.has_value();
  count_ = stat ? stat->size / AbortedEntry::kSize : 0;
  return {};
}

env::IoResult<void> TransactionIndex::append(const AbortedEntry& entry) {
  const auto file = file_.get(true);
  if (!file) return std::unexpected(file.error());
  exists_ = true;
  std::array<std::byte, AbortedEntry::kSize> bytes;
  entry.format(bytes.data());
  const env::Bytes piece(bytes);
  const auto done = (*file)->write_at(count_ * AbortedEntry::kSize, {&piece, 1});
  if (done) ++count_;
  return done;
}

env::IoResult<std::vector<AbortedEntry>> TransactionIndex::all() const {
  if (!exists_ || count_ == 0) return std::vector<AbortedEntry>();
  const auto file = file_.get();
  if (!file) return std::unexpected(file.error());
  std::vector<std::byte> content(count_ * AbortedEntry::kSize);
  const auto read = (*file)->read_at(0, content);
  if (!read) return std::unexpected(read.error());
  content.resize(*read);
  return parse_entries<AbortedEntry>(content);
}

env::IoResult<void> TransactionIndex::truncate_to(Offset end) {
  const auto entries = all();
  if (!entries) return std::unexpected(entries.error());
  const auto keep =
      std::ranges::find_if(*entries, [&](const AbortedEntry& e) { return e.last >= end; });
  if (keep == entries->end()) return {};
  count_ = static_cast<std::uint64_t>(keep - entries->begin());
  const auto file = file_.get();
  if (!file) return std::unexpected(file.error());
  return (*file)->truncate(count_ * AbortedEntry::kSize);
}

env::IoResult<void> TransactionIndex::reset() {
  file_.close();
  count_ = 0;
  exists_ = false;
  return context_.files.remove(file_.path());
}

env::IoResult<void> TransactionIndex::sync() {
  if (!exists_) return {};
  const auto file = file_.get();
  if (!file) return std::unexpected(file.error());
  return (*file)->sync();
}

AbortedSearch collect_aborted(const std::vector<AbortedEntry>& entries, Offset from, Offset upper) {
  AbortedSearch out;
  for (const AbortedEntry& e : entries) {
    if (e.last >= from && e.first < upper) out.found.push_back(e);
    if (e.last_stable >= upper) {
      out.complete = true;
      break;
    }
  }
  return out;
}

}  // namespace barnabas::log
