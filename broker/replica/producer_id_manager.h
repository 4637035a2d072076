// Hands out producer ids, from blocks that the cluster gives to one broker each.
//
// Owns        the current block and the one fetched ahead.
// Does not    wait: while it has no id it says so, and the client asks again. Does not know where
//             blocks come from (producer_id_blocks.h does).
// Threading   generate() from any thread; blocks are taken on `executor`.
// Invariants  no id is handed out twice, by us or another broker, as long as no block is given
//             twice.
// Kafka       coordinator/transaction/ProducerIdManager. Differs: on ZooKeeper too a block is taken
//             ahead, and INITs that come too early are answered as on the RPC path.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "env/clock.h"
#include "env/spawn.h"
#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::broker::replica {

struct ProducerIds {
  ProducerId first;
  ProducerId last;  // inclusive
};
// A block that is ours alone, or nothing: try again later.
using TakeProducerIds = std::function<env::Task<std::optional<ProducerIds>>()>;

class ProducerIdManager {
 public:
  static constexpr std::int64_t kPrefetchBelow = 10;  // percent of a block that is left
  static constexpr auto kRetryBackoff = std::chrono::milliseconds(50);

  ProducerIdManager(TakeProducerIds take, env::Executor executor, env::Clock* clock);
  ProducerIdManager(const ProducerIdManager&) = delete;
  ProducerIdManager& operator=(const ProducerIdManager&) = delete;

  // kCoordinatorLoadInProgress while no block is there: one is being fetched.
  Result<ProducerId> generate();
  env::Task<void> stop();  // waits for a fetch under way

 private:
  struct Block {
    std::int64_t next = 0;
    std::int64_t end = -1;  // inclusive
    std::int64_t size = 0;
    std::int64_t left() const { return end - next + 1; }
  };
  Result<ProducerId> take_id(bool& fetch_next);
  env::Task<void> fetch();

  const TakeProducerIds take_;
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
