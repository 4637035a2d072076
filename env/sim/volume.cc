#include "env/sim/volume.h"

#include <tuple>
#include <utility>

#include "env/check.h"
#include "env/sim/sim_file.h"

namespace barnabas::env::sim {

namespace {

std::unexpected<std::error_code> failure(std::errc code) {
  return std::unexpected(std::make_error_code(code));
}

// The first name of a path, which loses it.
std::string take_name(std::string_view* path) {
  while (path->starts_with('/')) path->remove_prefix(1);
  std::string name(path->substr(0, path->find('/')));
  path->remove_prefix(name.size());
  while (path->starts_with('/')) path->remove_prefix(1);
  return name;
}

std::uint64_t bytes_below(const Inode& inode) {
  std::uint64_t bytes = inode.content.size();
  for (const auto& [name, child] : inode.live) bytes += bytes_below(*child);
  return bytes;
}

}  // namespace

Volume::Volume(Prng random, std::function<std::int64_t()> now_ms)
    : random_(random), now_ms_(std::move(now_ms)) {
  root_->is_directory = true;
}

std::error_code Volume::fault(FileOp op, const std::string& path) {
  ++operations_;
  return fault_ ? fault_(op, path) : std::error_code();
}

void Volume::fail_nth(std::uint64_t nth, std::errc error) {
  std::uint64_t at = operations_ + nth + 1;
  fault_ = [this, at, error](FileOp, const std::string&) {
    return operations_ == at ? std::make_error_code(error) : std::error_code();
  };
}

std::shared_ptr<Inode> Volume::find(const std::string& path) const {
  std::shared_ptr<Inode> at = root_;
  for (std::string_view rest = path; at && !rest.empty();) {
    std::string name = take_name(&rest);
    if (name.empty()) break;
    auto found = at->live.find(name);
    at = found == at->live.end() ? nullptr : found->second;
  }
  return at;
}

IoResult<Volume::Entry> Volume::entry_of(const std::string& path) const {
  std::string trimmed = path.substr(0, path.find_last_not_of('/') + 1);
  std::size_t slash = trimmed.rfind('/');
  std::string parent = slash == std::string::npos ? "" : trimmed.substr(0, slash);
  std::string name = slash == std::string::npos ? trimmed : trimmed.substr(slash + 1);
  std::shared_ptr<Inode> directory = find(parent);
  if (!directory || name.empty()) return failure(std::errc::no_such_file_or_directory);
  if (!directory->is_directory) return failure(std::errc::not_a_directory);
  return Entry{std::move(directory), std::move(name)};
}

std::shared_ptr<Inode> Volume::create(const Entry& entry, bool directory) {
  std::shared_ptr<Inode> made = std::make_shared<Inode>();
  made->is_directory = directory;
  made->modified_ms = now_ms_();
  change({{}, entry, made});
  return made;
}

void Volume::change(Change change) {
  if (change.from.directory) change.from.directory->live.erase(change.from.name);
  if (change.to.directory) change.to.directory->live[change.to.name] = change.inode;
  pending_.push_back(std::move(change));
}

IoResult<std::shared_ptr<File>> Volume::open(const std::string& path, OpenMode mode) {
  if (std::error_code error = fault(FileOp::kOpen, path)) return std::unexpected(error);
  bool may_create = mode == OpenMode::kCreate || mode == OpenMode::kCreateTruncate;
  std::shared_ptr<Inode> inode = find(path);
  if (!inode && !may_create) return failure(std::errc::no_such_file_or_directory);
  if (!inode) {
    IoResult<Entry> entry = entry_of(path);
    if (!entry) return std::unexpected(entry.error());
    inode = create(*entry, false);
  }
  if (inode->is_directory) return failure(std::errc::is_a_directory);
  if (mode == OpenMode::kCreateTruncate) inode->content.truncate(0);
  bool writable = mode != OpenMode::kRead;
  return std::make_shared<SimFile>(this, inode, path, writable);
}

IoResult<FileStat> Volume::stat(const std::string& path) {
  if (std::error_code error = fault(FileOp::kStat, path)) return std::unexpected(error);
  std::shared_ptr<Inode> inode = find(path);
  if (!inode) return failure(std::errc::no_such_file_or_directory);
  return FileStat{inode->content.size(), inode->modified_ms, inode->is_directory};
}

IoResult<std::vector<DirectoryEntry>> Volume::list(const std::string& path) {
  if (std::error_code error = fault(FileOp::kList, path)) return std::unexpected(error);
  std::shared_ptr<Inode> inode = find(path);
  if (!inode) return failure(std::errc::no_such_file_or_directory);
  if (!inode->is_directory) return failure(std::errc::not_a_directory);
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, child] : inode->live) entries.push_back({name, child->is_directory});
  return entries;
}

IoResult<void> Volume::make_directories(const std::string& path) {
  if (std::error_code error = fault(FileOp::kMakeDirectory, path)) return std::unexpected(error);
  std::shared_ptr<Inode> at = root_;
  for (std::string_view rest = path; !rest.empty();) {
    std::string name = take_name(&rest);
    if (name.empty()) break;
    auto found = at->live.find(name);
    std::shared_ptr<Inode> next =
        found == at->live.end() ? create({at, name}, true) : found->second;
    if (!next->is_directory) return failure(std::errc::not_a_directory);
    at = next;
  }
  return {};
}

IoResult<void> Volume::rename(const std::string& from, const std::string& to) {
  if (std::error_code error = fault(FileOp::kRename, from)) return std::unexpected(error);
  std::shared_ptr<Inode> inode = find(from);
  if (!inode) return failure(std::errc::no_such_file_or_directory);
  IoResult<Entry> source = entry_of(from);
  IoResult<Entry> target = entry_of(to);
  if (!source) return std::unexpected(source.error());
  if (!target) return std::unexpected(target.error());
  std::shared_ptr<Inode> there = find(to);
  if (there == inode) return {};
  if (there && there->is_directory != inode->is_directory) {
    return failure(there->is_directory ? std::errc::is_a_directory : std::errc::not_a_directory);
  }
  if (there && !there->live.empty()) return failure(std::errc::directory_not_empty);
  change({*source, *target, inode});
  return {};
}

IoResult<void> Volume::remove(const std::string& path) {
  if (std::error_code error = fault(FileOp::kRemove, path)) return std::unexpected(error);
  std::shared_ptr<Inode> inode = find(path);
  if (!inode) return {};
  if (!inode->live.empty()) return failure(std::errc::directory_not_empty);
  IoResult<Entry> entry = entry_of(path);
  if (!entry) return std::unexpected(entry.error());
  change({*entry, {}, inode});
  return {};
}

IoResult<void> Volume::remove_all(const std::string& path) {
  std::shared_ptr<Inode> inode = find(path);
  if (!inode) return {};
  Inode::Entries children = inode->live;
  for (const auto& [name, child] : children) {
    IoResult<void> done = remove_all(path + "/" + name);
    if (!done) return done;
  }
  return remove(path);
}

IoResult<void> Volume::sync_directory(const std::string& path) {
  if (std::error_code error = fault(FileOp::kSyncDirectory, path)) return std::unexpected(error);
  std::shared_ptr<Inode> inode = find(path);
  if (!inode) return failure(std::errc::no_such_file_or_directory);
  if (!inode->is_directory) return failure(std::errc::not_a_directory);
  commit(inode);
  return {};
}

IoResult<DiskSpace> Volume::space(const std::string& path) {
  if (std::error_code error = fault(FileOp::kStat, path)) return std::unexpected(error);
  if (!find(path)) return failure(std::errc::no_such_file_or_directory);
  const std::uint64_t total = capacity_.value_or(kDefaultSize);
  return DiskSpace{.total = total, .usable = total - std::min(total, used())};
}

IoResult<std::unique_ptr<FileLock>> Volume::lock(const std::string& path) {
  if (std::error_code error = fault(FileOp::kLock, path)) return std::unexpected(error);
  std::shared_ptr<Inode> inode = find(path);
  if (!inode) {
    IoResult<Entry> entry = entry_of(path);
    if (!entry) return std::unexpected(entry.error());
    inode = create(*entry, false);
  }
  if (!locked_.insert(inode).second) return failure(std::errc::resource_unavailable_try_again);
  return std::make_unique<SimLock>(this, inode);
}

std::uint64_t Volume::used() const { return bytes_below(*root_); }

bool Volume::fits(const Content& content, std::uint64_t end) const {
  if (!capacity_ || end <= content.size()) return true;
  return used() - content.size() + end <= *capacity_;
}

}  // namespace barnabas::env::sim
