#include "broker/replica/producer_id_manager.h"

#include <limits>
#include <utility>

#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas::broker::replica {

ProducerIdManager::ProducerIdManager(BrokerId self, zk::Client* client, env::Executor executor,
                                     env::Clock* clock)
    : self_(self), client_(client), executor_(std::move(executor)), clock_(clock) {}

Result<ProducerId> ProducerIdManager::generate() {
  bool fetch_next = false;
  const Result<ProducerId> id = take_id(fetch_next);
  if (fetch_next && !gate_.spawn(executor_, fetch())) {
    const std::lock_guard lock(mutex_);
    fetching_ = false;
  }
  return id;
}

Result<ProducerId> ProducerIdManager::take_id(bool& fetch_next) {
  const std::lock_guard lock(mutex_);
  if (current_.empty() && next_) current_ = *std::exchange(next_, std::nullopt);
  Result<ProducerId> id = std::unexpected(ErrorCode::kCoordinatorLoadInProgress);
  if (!current_.empty()) id = ProducerId{current_.next++};
  const std::int64_t left = current_.end - current_.next + 1;
  const bool wanted = left <= kBlockSize - kPrefetchAt && !next_;
  if (wanted && !fetching_ && clock_->now() >= not_before_) fetching_ = fetch_next = true;
  return id;
}

env::Task<void> ProducerIdManager::fetch() {
  const std::optional<Block> block = co_await take_block();
  const std::lock_guard lock(mutex_);
  fetching_ = false;
  if (block) {
    next_ = block;
  } else {
    not_before_ = clock_->now() + kRetryBackoff;
  }
}

// The block after the last one taken by anybody. A lost reply costs a block: the version tells us
// only that somebody wrote, so another one is taken.
env::Task<std::optional<ProducerIdManager::Block>> ProducerIdManager::take_block() {
  for (;;) {
    zk::Request read = zk::GetData{std::string(zk::paths::kProducerIdBlock)};
    const zk::Outcome found = co_await client_->submit_one(std::move(read));
    if (!found) co_return std::nullopt;
    const std::optional<std::int64_t> first = first_after(found->data);
    if (!first) co_return std::nullopt;

    const zk::ProducerIdBlock mine{self_, ProducerId{*first}, ProducerId{*first + kBlockSize - 1}};
    zk::Request write =
        zk::SetData{std::string(zk::paths::kProducerIdBlock), mine.encode(), found->stat.version};
    const zk::Outcome written = co_await client_->submit_one(std::move(write));
    if (written) co_return Block{mine.first.value, mine.last.value};
    if (written.error().error != zk::Error::kBadVersion) co_return std::nullopt;
  }
}

// Null data: no block was ever taken. Nothing if the data makes no sense or all ids are gone.
std::optional<std::int64_t> ProducerIdManager::first_after(const zk::Data& data) {
  if (!data) return 0;
  const auto last = zk::ProducerIdBlock::decode(*data);
  if (!last) return std::nullopt;
  if (last->last.value > std::numeric_limits<std::int64_t>::max() - kBlockSize) return std::nullopt;
  return last->last.value + 1;
}

env::Task<void> ProducerIdManager::stop() {
  gate_.close();
  co_await gate_.wait();
}

}  // namespace barnabas::broker::replica
