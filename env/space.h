// How large the file system of a directory is.
//
// Kafka       Files.getFileStore, for DescribeLogDirs (KIP-827).
#pragma once

#include <cstdint>
#include <string>

#include "env/files.h"

namespace barnabas::env {

struct DiskSpace {
  std::uint64_t total = 0;
  std::uint64_t usable = 0;  // by an ordinary user
};

class SpaceGauge {
 public:
  virtual ~SpaceGauge() = default;
  virtual IoResult<DiskSpace> space(const std::string& directory) = 0;
};

}  // namespace barnabas::env
