// A small cache of blocks of sealed index files, shared by all logs.
//
// Owns        at most kSlots blocks of kBlockBytes (1 MiB in all), direct-mapped: a new block
//             pushes the old one of its slot out.
// Does not    know files: an index passes a number of its own and a function that reads the block.
// Threading   a monitor; the read happens outside the lock.
// Kafka       none: Kafka maps each index (and runs into vm.max_map_count, what-users-suffer-from
//             8).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "env/files.h"

namespace barnabas::log {

class IndexCache {
 public:
  static constexpr std::size_t kSlots = 256;
  static constexpr std::size_t kBlockBytes =
      4096 - 4096 % 24;  // whole entries of 8 and of 12 bytes
  using Block = std::shared_ptr<const std::vector<std::byte>>;

  std::uint64_t new_id();  // for an index whose content is new: older blocks are never found again
  // The block, from the cache or from `file`; shorter at the end of the file.
  env::IoResult<Block> get(std::uint64_t id, std::uint32_t number, env::File& file);

 private:
  struct Slot {
    std::uint64_t id = 0;
    std::uint32_t number = 0;
    Block block;
  };
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::array<Slot, kSlots> slots_;
};

}  // namespace barnabas::log
