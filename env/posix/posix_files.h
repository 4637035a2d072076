// The machine's file system.
//
// Does not    retry or buffer. Truncates a big file in steps before it unlinks it, unless a handle
//             of ours is still open: a FileSlice being sent stays whole.
// Threading   from any thread.
#pragma once

#include "env/files.h"
#include "env/space.h"

namespace barnabas::env {

class PosixFiles : public Files, public SpaceGauge {
 public:
  // Freeing the blocks of a large file holds the file system's journal; so it is done a step at a
  // time.
  static constexpr std::uint64_t kBigFile = 32u << 20;
  static constexpr std::uint64_t kTruncateStep = 8u << 20;

  IoResult<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) override;
  IoResult<FileStat> stat(const std::string& path) override;
  IoResult<std::vector<DirectoryEntry>> list(const std::string& directory) override;
  IoResult<void> make_directories(const std::string& path) override;
  IoResult<void> rename(const std::string& from, const std::string& to) override;
  IoResult<void> remove(const std::string& path) override;
  IoResult<void> remove_all(const std::string& directory) override;
  IoResult<void> sync_directory(const std::string& path) override;
  IoResult<DiskSpace> space(const std::string& directory) override;
  IoResult<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

}  // namespace barnabas::env
