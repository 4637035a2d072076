#include "broker/replica/producer_id_manager.h"

#include <utility>

#include "controller/producer_id_block.h"

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

env::Task<std::optional<ProducerIdManager::Block>> ProducerIdManager::take_block() {
  const auto block = co_await controller::take_producer_id_block(client_, self_);
  if (!block) co_return std::nullopt;
  co_return Block{block->first.value, block->last.value};
}

env::Task<void> ProducerIdManager::stop() {
  gate_.close();
  co_await gate_.wait();
}

}  // namespace barnabas::broker::replica
