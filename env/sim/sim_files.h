// A node's file system: its volumes, each below the directory of its name ("/data/topic-0" on
// "data").
//
// Does not    outlive its process: after close() every call fails, so that nothing a dead broker's
//             destructors do reaches the disks.
#pragma once

#include <map>
#include <string>

#include "env/files.h"
#include "env/sim/volume.h"
#include "env/space.h"

namespace barnabas::env::sim {

class SimFiles : public Files, public SpaceGauge {
 public:
  explicit SimFiles(std::map<std::string, Volume*> volumes) : volumes_(std::move(volumes)) {}
  void close() { volumes_.clear(); }

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

 private:
  struct Place {
    Volume* volume;
    std::string path;
  };
  IoResult<Place> place(const std::string& path) const;

  std::map<std::string, Volume*> volumes_;
};

}  // namespace barnabas::env::sim
