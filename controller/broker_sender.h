// One broker's mail: requests to it, in order, one at a time, each until it is answered.
//
// Owns        a queue, a channel, and the coroutine between them (spawned in the gate given); what
//             the broker said last of its failed log directories.
// Does not    give up: it ends when stop() is called, because the broker left or we are controller
//             no more. Does not bound its queue by itself: it lives no longer than the broker's
//             session.
// Threading   the controller's executor.
// Invariants  at most one request in flight; a request that failed is sent again after kBackOff on
//             a fresh connection, before any later one; after stop() nothing is sent and nobody is
//             told.
// Kafka       controller.RequestSendThread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "controller/request_batch.h"
#include "controller/requests.h"
#include "env/clock.h"
#include "env/network.h"
#include "env/spawn.h"

namespace barnabas::controller {

struct SenderPorts {
  env::Network* network;
  env::Clock* clock;
  env::Executor executor;
  env::Gate* gate;
  env::Duration timeout;  // controller.socket.timeout.ms
};

class BrokerSender {
 public:
  static constexpr env::Duration kBackOff = std::chrono::milliseconds(100);
  // What the broker's answers tell, on the executor.
  struct Ears {
    // It has answered a StopReplica that deletes: each partition's result.
    std::function<void(std::map<TopicPartition, ErrorCode>)> deleted;
    // Its LeaderAndIsr answers report other replicas than before as being in a failed log
    // directory: all of these.
    std::function<void(std::set<TopicPartition>)> offline;
    // It has answered a request, whatever it said.
    std::function<void()> answered;
  };

  BrokerSender(SenderPorts ports, Speaker speaker, env::Address address, Ears ears);
  ~BrokerSender();  // stops
  BrokerSender(const BrokerSender&) = delete;
  BrokerSender& operator=(const BrokerSender&) = delete;

  void send(Outgoing request);
  void stop();
  std::size_t queued() const;
  bool has_answered() const;  // any request, without an error

 private:
  struct State;
  static env::Task<void> run(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace barnabas::controller
