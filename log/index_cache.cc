#include "log/index_cache.h"

namespace barnabas::log {

std::uint64_t IndexCache::new_id() {
  const std::lock_guard lock(mutex_);
  return ++last_id_;
}

env::IoResult<IndexCache::Block> IndexCache::get(std::uint64_t id, std::uint32_t number,
                                                 env::File& file) {
  Slot& slot = slots_[(id * 31 + number) % kSlots];
  {
    const std::lock_guard lock(mutex_);
    if (slot.id == id && slot.number == number && slot.block) return slot.block;
  }
  auto bytes = std::make_shared<std::vector<std::byte>>(kBlockBytes);
  const auto read = file.read_at(std::uint64_t{number} * kBlockBytes, *bytes);
  if (!read) return std::unexpected(read.error());
  bytes->resize(*read);
  const std::lock_guard lock(mutex_);
  slot = {id, number, bytes};
  return Block(std::move(bytes));
}

}  // namespace barnabas::log
