// A small Kafka client: typed calls to the brokers of a Cluster.
//
// Owns        one channel to each broker it has asked; the newest leader epochs it has seen.
// Does not    retry or decide: errors of the network come back as a sentence.
// Threading   the simulator's one thread; a coroutine of the client node at a time.
#pragma once

#include <fmt/core.h>

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "protocol/call.h"
#include "tests/sim/cluster.h"

namespace barnabas::simtest {

template <class T>
using Answered = std::expected<T, std::string>;

class Client {
 public:
  using Report = std::function<void(const std::string&)>;
  // `report` hears of answers that no broker may give: malformed ones, or to another request.
  Client(Cluster* cluster, std::string name, Report report)
      : cluster_(cluster), name_(std::move(name)), report_(std::move(report)) {}

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

  // False for a leader of an epoch before one this client has heard of: old metadata (KIP-320).
  bool is_news(const TopicPartition& tp, LeaderEpoch epoch) {
    LeaderEpoch& known = epochs_.try_emplace(tp, epoch).first->second;
    if (epoch < known) return false;
    known = epoch;
    return true;
  }
  // The next request opens a new connection.
  void forget(int broker) { links_.erase(broker); }

 private:
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
  Report report_;
  std::map<int, Link> links_;
  std::map<TopicPartition, LeaderEpoch> epochs_;
};

}  // namespace barnabas::simtest
