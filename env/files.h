// The file system as the log sees it: blocking calls, errors as values.
//
// Owns        open handles only; a File closes itself when its last shared_ptr goes.
// Does not    buffer, retry or interpret: one call here is one system call (short writes are
//             finished).
// Threading   different Files from any thread; one File may be read by many threads while one
//             writes.
// Durability  nothing is durable before sync() of the file and, for names, sync_directory(). The
//             simulated disk drops or tears what was not synced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace barnabas::env {

template <class T>
using IoResult = std::expected<T, std::error_code>;

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

class File {
 public:
  virtual ~File() = default;

  // Bytes read, less than asked only at the end of the file.
  virtual IoResult<std::size_t> read_at(std::uint64_t position, MutableBytes into) = 0;
  // Writes all pieces one after the other, starting at `position`; one pwritev where the kernel
  // allows. After an error the file's content past `position` is unknown.
  virtual IoResult<void> write_at(std::uint64_t position, std::span<const Bytes> pieces) = 0;
  virtual IoResult<std::uint64_t> size() = 0;
  // To the size it has: gives back what was reserved, and counts as no modification.
  virtual IoResult<void> truncate(std::uint64_t size) = 0;
  // Reserves blocks up to `end` without changing the size (FALLOC_FL_KEEP_SIZE); a hint, may do
  // nothing.
  virtual void reserve(std::uint64_t end) = 0;
  virtual IoResult<void> sync() = 0;
  // For what nobody is likely to read soon, called range after range: begins to write this one to
  // the device, waits until what was so begun of the `length` and more before it is there, and
  // frees the pages of that. Blocks. Makes nothing durable, but an error means that something
  // written earlier is lost, and a later sync() may not say so again.
  virtual IoResult<void> write_behind(std::uint64_t position, std::uint64_t length) = 0;
  // True if the range can most likely be read without waiting for a device.
  virtual bool resident(std::uint64_t position, std::uint64_t length) = 0;
  // The descriptor for sendfile, -1 where there is none (simulated files).
  virtual int descriptor() const { return -1; }
};

// A range of a file that is promised to stay readable while the slice lives (the handle is shared,
// so a deleted segment can still be sent).
struct FileSlice {
  std::shared_ptr<File> file;
  std::uint64_t position = 0;
  std::uint32_t length = 0;
};

// Held from start to end by whoever owns a log directory; released when destroyed.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode {
  kRead,            // must exist
  kReadWrite,       // must exist
  kCreate,          // opened or created, content kept
  kCreateTruncate,  // opened or created, content gone
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
  friend bool operator==(const DirectoryEntry&, const DirectoryEntry&) = default;
};

struct FileStat {
  std::uint64_t size = 0;
  std::int64_t modified_ms = 0;
  bool is_directory = false;
};

class Files {
 public:
  virtual ~Files() = default;
  virtual IoResult<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual IoResult<FileStat> stat(const std::string& path) = 0;
  virtual IoResult<std::vector<DirectoryEntry>> list(
      const std::string& directory) = 0;  // sorted by name
  virtual IoResult<void> make_directories(const std::string& path) = 0;
  virtual IoResult<void> rename(const std::string& from,
                                const std::string& to) = 0;  // replaces `to`
  // Missing files are no error. Big files are truncated step by step first (never on a loop
  // thread).
  virtual IoResult<void> remove(const std::string& path) = 0;
  virtual IoResult<void> remove_all(const std::string& directory) = 0;
  virtual IoResult<void> sync_directory(const std::string& path) = 0;
  // A POSIX record lock (fcntl F_SETLK over the whole file), as Java's FileChannel.tryLock takes
  // it. Held already, by another process or by this one: errc::resource_unavailable_try_again.
  virtual IoResult<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

// Whole-file helpers. replace_file writes `<path>.tmp`, syncs it, renames, syncs the directory.
IoResult<std::string> read_file(Files& files, const std::string& path);
IoResult<void> replace_file(Files& files, const std::string& path, std::string_view content);

}  // namespace barnabas::env
