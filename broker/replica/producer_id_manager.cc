#include "broker/replica/producer_id_manager.h"

#include <utility>

namespace barnabas::broker::replica {

ProducerIdManager::ProducerIdManager(TakeProducerIds take, env::Executor executor,
                                     env::Clock* clock)
    : take_(std::move(take)), executor_(std::move(executor)), clock_(clock) {}

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
  if (current_.left() == 0 && next_) current_ = *std::exchange(next_, std::nullopt);
  Result<ProducerId> id = std::unexpected(ErrorCode::kCoordinatorLoadInProgress);
  if (current_.left() > 0) id = ProducerId{current_.next++};
  const bool wanted = current_.left() * 100 <= current_.size * kPrefetchBelow && !next_;
  if (wanted && !fetching_ && clock_->now() >= not_before_) fetching_ = fetch_next = true;
  return id;
}

env::Task<void> ProducerIdManager::fetch() {
  auto taking = take_();
  const std::optional<ProducerIds> block = co_await std::move(taking);
  const std::lock_guard lock(mutex_);
  fetching_ = false;
  if (block) {
    next_ =
        Block{block->first.value, block->last.value, block->last.value - block->first.value + 1};
  } else {
    not_before_ = clock_->now() + kRetryBackoff;
  }
}

env::Task<void> ProducerIdManager::stop() {
  gate_.close();
  co_await gate_.wait();
}

}  // namespace barnabas::broker::replica
