// One simulated disk: a tree of files that survives its node's crash, as far as a real one would.
//
// Owns        the live tree, the durable tree, and the changes of names not yet made durable.
// Does not    know nodes or time beyond `now_ms`.
// Threading   the simulator's one thread.
// Invariants  a name that was made or moved is lost or kept as a whole (rename is atomic); what
//             sync_directory() returned for is never lost. Handles of before a crash only fail.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "env/files.h"
#include "env/sim/content.h"
#include "env/sim/prng.h"
#include "env/space.h"

namespace barnabas::env::sim {

enum class FileOp {
  kOpen,
  kStat,
  kList,
  kRead,
  kWrite,
  kTruncate,
  kSync,
  kMakeDirectory,
  kRename,
  kRemove,
  kSyncDirectory,
  kLock,
};

struct Inode {
  bool is_directory = false;
  std::int64_t modified_ms = 0;
  Content content;
  using Entries = std::map<std::string, std::shared_ptr<Inode>>;
  Entries live;
  Entries durable;
};

class Volume {
 public:
  // Asked before each operation: an error makes it fail. A failed write may have written a part,
  // a failed sync has lost what was to be synced.
  using Fault = std::function<std::error_code(FileOp, const std::string& path)>;

  Volume(Prng random, std::function<std::int64_t()> now_ms);

  // Paths are relative to the volume, names separated by '/'; "" is its root.
  IoResult<std::shared_ptr<File>> open(const std::string& path, OpenMode mode);
  IoResult<FileStat> stat(const std::string& path);
  IoResult<std::vector<DirectoryEntry>> list(const std::string& path);
  IoResult<void> make_directories(const std::string& path);
  IoResult<void> rename(const std::string& from, const std::string& to);
  IoResult<void> remove(const std::string& path);
  IoResult<void> remove_all(const std::string& path);
  IoResult<void> sync_directory(const std::string& path);
  IoResult<DiskSpace> space(const std::string& path);
  IoResult<std::unique_ptr<FileLock>> lock(const std::string& path);

  void process_died();  // handles and locks go, every byte stays: the kernel has them
  void power_lost();    // and what was not synced may go too

  void set_fault(Fault fault) { fault_ = std::move(fault); }
  // The `nth` operation from now (0: the next one) fails with `error`, once.
  void fail_nth(std::uint64_t nth, std::errc error);
  std::uint64_t operations() const { return operations_; }
  void set_capacity(std::optional<std::uint64_t> bytes) { capacity_ = bytes; }
  std::uint64_t used() const;

 private:
  friend class SimFile;
  friend class SimLock;
  using Directory = std::shared_ptr<Inode>;

  // A name in a directory; directory empty where a change has no such side.
  struct Entry {
    Directory directory;
    std::string name;
    friend bool operator<(const Entry& a, const Entry& b) {
      return std::tie(a.directory, a.name) < std::tie(b.directory, b.name);
    }
  };
  // `inode` goes from one name to another; made: no `from`; removed: no `to`.
  struct Change {
    Entry from;
    Entry to;
    std::shared_ptr<Inode> inode;
  };

  std::error_code fault(FileOp op, const std::string& path);
  std::shared_ptr<Inode> find(const std::string& path) const;
  IoResult<Entry> entry_of(const std::string& path) const;
  std::shared_ptr<Inode> create(const Entry& entry, bool directory);
  void change(Change change);
  static void apply_durable(const Change& change);
  void commit(const Directory& directory);
  void settle(const std::shared_ptr<Inode>& inode);
  bool fits(const Content& content, std::uint64_t end) const;

  Prng random_;
  std::function<std::int64_t()> now_ms_;
  Directory root_ = std::make_shared<Inode>();
  std::vector<Change> pending_;
  std::set<std::shared_ptr<Inode>> locked_;
  std::uint64_t generation_ = 0;
  std::uint64_t operations_ = 0;
  static constexpr std::uint64_t kDefaultSize = 1ull << 40;  // what an unlimited one claims
  std::optional<std::uint64_t> capacity_;
  Fault fault_;
};

}  // namespace barnabas::env::sim
