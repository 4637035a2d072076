// Asks the controller for the ISR changes that this broker's partitions want.
//
// Owns        the changes not yet answered, one per partition (a newer one takes the place of an
//             older one), and the coroutine that sends them, while there are any.
// Does not    decide what an answer means: the partition does (Partition::settle_isr_change).
// Threading   submit() from any thread; everything else on the executor given, which is the
//             channel's.
// Invariants  at most one AlterPartition is on its way, with all changes that were waiting; a
//             change stays until its partition says that it is settled, however often the
//             controller changes, the network fails or this broker registers anew.
// Kafka       server/DefaultAlterPartitionManager. Differs: a change that replaces one that is on
//             its way waits for the next request; Kafka refuses it, and the follower has to ask
//             again.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "broker/controller_channel.h"
#include "broker/replica/isr_state.h"
#include "env/clock.h"
#include "env/spawn.h"
#include "protocol/messages/alter_partition.h"

namespace barnabas::broker::replica {

struct IsrUpdaterConfig {
  BrokerId self;
  std::function<BrokerEpoch()> broker_epoch;  // of the present registration
  // Hands an answer to the partition. True: the change must be asked again.
  std::function<bool(const IsrChange&, const IsrAnswer&)> settle;
};

class IsrUpdater {
 public:
  static constexpr auto kRetryBackoff = std::chrono::milliseconds(50);

  IsrUpdater(IsrUpdaterConfig config, ControllerChannel* channel, env::Clock* clock,
             env::Executor executor);
  IsrUpdater(const IsrUpdater&) = delete;
  IsrUpdater& operator=(const IsrUpdater&) = delete;

  void submit(IsrChange change);
  env::Task<void> stop();  // close the channel first: a request under way is waited for

 private:
  using Changes = std::vector<IsrChange>;
  env::Task<void> run();
  env::Task<Changes> send(Changes changes);
  env::Task<void> back_off();
  Changes take();
  void put_back(Changes changes);
  protocol::AlterPartitionRequest request(const Changes& changes, std::int16_t version) const;
  Changes settle(Changes changes, const protocol::AlterPartitionResponse& response);

  const IsrUpdaterConfig config_;
  ControllerChannel* const channel_;
  env::Clock* const clock_;
  const env::Executor executor_;
  env::Gate gate_;
  env::Signal wake_;      // of the present back-off
  bool failing_ = false;  // since the last success: said once
  std::mutex mutex_;
  std::map<TopicPartition, IsrChange> waiting_;
  bool running_ = false;
  bool stopped_ = false;  // written on the executor
};

}  // namespace barnabas::broker::replica
