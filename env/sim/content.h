// One simulated file's bytes: as readers see them, and as they would be after a power loss.
//
// Owns        the live bytes, the durable bytes, and each write since the last sync, cut at pages.
// Does not    know its name: names are the Volume's.
// Invariants  what sync() returned for is never lost. Of what was not synced each page keeps some
//             first part of its writes (the next one perhaps torn at a sector), pages are
//             independent of each other and of the size, which is one of those the file has had
//             since the sync.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "env/files.h"
#include "env/sim/prng.h"

namespace barnabas::env::sim {

class Content {
 public:
  static constexpr std::uint64_t kPage = 4096;
  static constexpr std::uint64_t kSector = 512;

  std::uint64_t size() const { return live_.size(); }
  std::size_t read(std::uint64_t position, MutableBytes into) const;
  void write(std::uint64_t position, Bytes bytes);
  void truncate(std::uint64_t size);
  void sync();
  // A sync that failed: the kernel has dropped the dirty pages, a later sync will not write them.
  void forget_unsynced();
  // Power loss: chooses what survived, which is then both live and durable.
  void settle(Prng& random);

 private:
  // Part of a write, within one page.
  struct Piece {
    std::uint64_t position = 0;
    std::vector<std::byte> bytes;
  };

  void remember(std::uint64_t position, Bytes bytes);
  static void apply(const Piece& piece, std::size_t length, std::vector<std::byte>* to);
  static std::size_t torn_length(const Piece& piece, Prng& random);

  std::vector<std::byte> live_;
  std::vector<std::byte> durable_;
  std::vector<Piece> unsynced_;
  std::vector<std::uint64_t> sizes_;  // since the last sync, oldest first
};

}  // namespace barnabas::env::sim
