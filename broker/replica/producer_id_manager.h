// Hands out producer ids, from blocks of 1000 that brokers take from /latest_producer_id_block.
//
// Owns        the current block and the one fetched ahead.
// Does not    wait: while it has no id it says so, and the client asks again.
// Threading   generate() from any thread; ZooKeeper is spoken to on the client's executor.
// Invariants  no two brokers ever hand out the same id: a block is used only after our write of it
//             is known to be in ZooKeeper.
// Kafka       coordinator/transaction/ZkProducerIdManager; prefetch and error code are those of
//             RPCProducerIdManager.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "env/clock.h"
#include "env/spawn.h"
#include "protocol/error_code.h"
#include "protocol/types.h"
#include "zk/client.h"

namespace barnabas::broker::replica {

class ProducerIdManager {
 public:
  static constexpr std::int64_t kBlockSize = 1000;
  static constexpr std::int64_t kPrefetchAt = 900;  // ids used of a block
  static constexpr auto kRetryBackoff = std::chrono::milliseconds(50);

  // `executor` is the client's.
  ProducerIdManager(BrokerId self, zk::Client* client, env::Executor executor, env::Clock* clock);
  ProducerIdManager(const ProducerIdManager&) = delete;
  ProducerIdManager& operator=(const ProducerIdManager&) = delete;

  // kCoordinatorLoadInProgress while no block is there: one is being fetched.
  Result<ProducerId> generate();
  env::Task<void> stop();  // waits for a fetch under way

 private:
  struct Block {
    std::int64_t next = 0;
    std::int64_t end = -1;  // inclusive
    bool empty() const { return next > end; }
  };
  Result<ProducerId> take_id(bool& fetch_next);
  env::Task<void> fetch();
  env::Task<std::optional<Block>> take_block();

  const BrokerId self_;
  zk::Client* const client_;
  const env::Executor executor_;
  env::Clock* const clock_;
  env::Gate gate_;
  std::mutex mutex_;
  Block current_;
  std::optional<Block> next_;
  bool fetching_ = false;
  env::Instant not_before_{};  // back-off after a failure
};

}  // namespace barnabas::broker::replica
