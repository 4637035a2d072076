// What a follower asks the broker that leads: records, the ends of its log, the ends of its epochs.
//
// Owns        one channel to that broker.
// Does not    retry, decide, or keep a fetch session (leader_session.h).
// Threading   the channel's executor.
// Kafka       server/RemoteLeaderEndpoint. Versions are those of inter.broker.protocol.version; the
//             leader is not asked for its own (as there).
#pragma once

#include <memory>
#include <vector>

#include "controller/ibp.h"
#include "env/network.h"
#include "log/log.h"
#include "protocol/call.h"
#include "protocol/messages/fetch.h"
#include "protocol/types.h"

namespace barnabas::broker::follower {

struct EpochQuestion {
  TopicPartition tp;
  LeaderEpoch current_leader_epoch;
  LeaderEpoch epoch;  // where does it end in the leader's log?
};
struct EpochAnswer {
  TopicPartition tp;
  ErrorCode error = ErrorCode::kNone;
  log::EpochEnd end;
};

struct EndpointConfig {
  BrokerId self;
  controller::Ibp ibp;
  std::string client_id;
  env::Duration timeout;  // replica.socket.timeout.ms
};

class LeaderEndpoint {
 public:
  template <class T>
  using Answer = std::expected<T, protocol::CallError>;
  using Fetched = protocol::Framed<protocol::FetchResponse>;

  LeaderEndpoint(EndpointConfig config, std::unique_ptr<env::Channel> channel);

  // Topics in `request` are named by their ids.
  bool speaks_ids(bool all_have_ids) const;
  // Fills in who asks.
  env::Task<Answer<Fetched>> fetch(protocol::FetchRequest request, bool by_id,
                                   BrokerEpoch broker_epoch);
  // The leader's log end (kLatestTimestamp) or log start (kEarliestTimestamp). kNetworkException if
  // it cannot be asked.
  env::Task<Result<Offset>> offset_at(TopicPartition tp, LeaderEpoch current_leader_epoch,
                                      Timestamp at);
  // One answer for each question; kNetworkException for those that got none.
  env::Task<std::vector<EpochAnswer>> epoch_ends(std::vector<EpochQuestion> questions);
  void close() { channel_->close(); }

 private:
  EndpointConfig config_;
  std::unique_ptr<env::Channel> channel_;
  protocol::Caller caller_;
};

}  // namespace barnabas::broker::follower
