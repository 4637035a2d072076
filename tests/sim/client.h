// A small Kafka client: typed calls to the brokers of a Cluster, and the look-ups all clients need.
//
// Owns        one channel to each broker it has asked; the newest leader epochs it has seen; its
//             own randomness.
// Does not    retry or decide: errors of the network come back as a sentence.
// Threading   the simulator's one thread; a coroutine of the client node at a time.
#pragma once

#include <fmt/core.h>

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "env/sim/prng.h"
#include "protocol/call.h"
#include "protocol/messages/metadata.h"
#include "tests/sim/cluster.h"
#include "tests/sim/topics.h"

namespace barnabas::simtest {

template <class T>
using Answered = std::expected<T, std::string>;

inline constexpr Timestamp kLatest{-1};
inline constexpr Timestamp kEarliest{-2};

class Client {
 public:
  using Report = std::function<void(const std::string&)>;
  static constexpr env::Duration kTimeout = std::chrono::seconds(2);

  // Pauses are `slower` times as long. `report` hears of answers that no broker may give: malformed
  // ones, or to another request.
  Client(Cluster* cluster, std::string name, int slower, Report report)
      : cluster_(cluster),
        name_(std::move(name)),
        slower_(slower),
        report_(std::move(report)),
        random_(cluster->world().random().fork(name_)) {}

  const std::string& name() const { return name_; }
  env::sim::Prng& random() { return random_; }
  int any_broker() { return cluster_->ids()[random_.below(cluster_->ids().size())]; }
  env::Task<void> pause(int longest_ms);

  template <class Request>
  env::Task<Answered<protocol::Framed<typename Request::Response>>> call(int broker,
                                                                         Request request,
                                                                         std::int16_t version,
                                                                         env::Duration timeout) {
    protocol::Caller& caller = link(broker).caller;
    auto answer = co_await caller.call_framed(std::move(request), version, timeout);
    if (answer) co_return std::move(*answer);
    const std::string why = protocol::to_string(answer.error());
    if (!std::holds_alternative<std::error_code>(answer.error())) {
      report_(fmt::format("{}: broker {} answers {}: {}", name_, broker, Request::kName, why));
    }
    co_return std::unexpected(why);
  }

  // What some broker knows: nothing if it does not answer, or knows nothing of it.
  env::Task<std::optional<int>> find_controller();
  env::Task<std::optional<int>> find_leader(TopicIdPartition of);
  env::Task<std::optional<protocol::MetadataResponse::MetadataResponseTopic>> find_topic(
      std::string topic);
  // kEarliest or kLatest, as that broker says.
  env::Task<std::optional<std::int64_t>> offset_at(int broker, TopicIdPartition of,
                                                   Timestamp position);

 private:
  // False for a leader of an epoch before one this client has heard of: old metadata (KIP-320).
  bool is_news(const TopicIdPartition& of, LeaderEpoch epoch);

  struct Link {
    std::unique_ptr<env::Channel> channel;
    protocol::Caller caller;
  };
  Link& link(int broker) {
    auto found = links_.find(broker);
    if (found != links_.end()) return found->second;
    env::sim::Node& node = cluster_->client();
    auto channel = node.network().connect({Cluster::host(broker), Cluster::kPort}, node.executor());
    env::Channel* raw = channel.get();
    return links_.emplace(broker, Link{std::move(channel), protocol::Caller(raw, name_)})
        .first->second;
  }

  Cluster* cluster_;
  std::string name_;
  int slower_;
  Report report_;
  env::sim::Prng random_;
  std::map<int, Link> links_;
  std::map<TopicIdPartition, LeaderEpoch> epochs_;
};

}  // namespace barnabas::simtest
