// A network at whose ends stand brokers that note what the controller tells them and answer.
// The broker of id N listens at port N.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "env/clock.h"
#include "env/network.h"
#include "env/spawn.h"
#include "protocol/header.h"
#include "protocol/messages/leader_and_isr.h"
#include "protocol/messages/stop_replica.h"
#include "protocol/messages/update_metadata.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

namespace barnabas::controller::testing {

using ControlRequest = std::variant<protocol::LeaderAndIsrRequest, protocol::UpdateMetadataRequest,
                                    protocol::StopReplicaRequest>;
struct Sent {
  int broker = 0;
  std::int16_t version = 0;
  std::string client_id;
  ControlRequest request;
};

inline std::vector<int> plain(const std::vector<BrokerId>& ids) {
  std::vector<int> values;
  for (const BrokerId id : ids) values.push_back(id.value);
  return values;
}

// One line per request: "2 LeaderAndIsr t-0 leader 1 epoch 0 isr [1, 2] v0 new"
inline std::string text(const protocol::LeaderAndIsrRequest& request) {
  std::string out = "LeaderAndIsr";
  for (const auto& topic : request.topic_states) {
    for (const auto& p : topic.partition_states) {
      out += fmt::format(" {}-{} leader {} epoch {} isr {} v{}{}", topic.topic_name,
                         p.partition_index.value, p.leader.value, p.leader_epoch.value,
                         plain(p.isr), p.partition_epoch.value, p.is_new ? " new" : "");
    }
  }
  return out;
}
inline std::string text(const protocol::UpdateMetadataRequest& request) {
  std::vector<int> live;
  for (const auto& broker : request.live_brokers) live.push_back(broker.id.value);
  std::string out = fmt::format("UpdateMetadata live {}", live);
  for (const auto& topic : request.topic_states) {
    for (const auto& p : topic.partition_states) {
      out += fmt::format(" {}-{} leader {} epoch {}", topic.topic_name, p.partition_index.value,
                         p.leader.value, p.leader_epoch.value);
      if (!p.offline_replicas.empty()) out += fmt::format(" offline {}", plain(p.offline_replicas));
    }
  }
  return out;
}
inline std::string text(const protocol::StopReplicaRequest& request) {
  std::string out = "StopReplica";
  for (const auto& topic : request.topic_states) {
    for (const auto& p : topic.partition_states) {
      out += fmt::format(" {}-{} epoch {}{}", topic.topic_name, p.partition_index.value,
                         p.leader_epoch.value, p.delete_partition ? " delete" : "");
    }
  }
  return out;
}

class FakeBrokers final : public env::Network {
 public:
  std::unique_ptr<env::Channel> connect(env::Address address, env::Executor) override {
    ++connections;
    return std::make_unique<FakeChannel>(this, address.port);
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const Sent& one : sent) {
      out.push_back(fmt::format("{} {}", one.broker,
                                std::visit([](const auto& r) { return text(r); }, one.request)));
    }
    return out;
  }
  std::vector<std::string> lines_to(int broker) const {
    std::vector<std::string> out;
    for (const Sent& one : sent) {
      if (one.broker != broker) continue;
      out.push_back(std::visit([](const auto& r) { return text(r); }, one.request));
    }
    return out;
  }
  template <class Request>
  std::vector<Request> all_to(int broker) const {
    std::vector<Request> out;
    for (const Sent& one : sent) {
      const auto* request = std::get_if<Request>(&one.request);
      if (one.broker == broker && request != nullptr) out.push_back(*request);
    }
    return out;
  }

  std::vector<Sent> sent;
  std::set<int> unreachable;          // connections are refused
  std::map<int, env::Signal> held;    // calls wait for it
  std::map<int, env::Duration> slow;  // so long each call takes
  env::Clock* clock = nullptr;        // by which
  std::map<int, int> fail_next;  // so many of the next calls break after the broker has the request
  std::map<int, ErrorCode> deletions;  // what a broker answers for each partition it is to delete
  // The partitions of a topic that lie in a failed directory of a broker.
  std::map<int, std::map<std::string, std::set<int>>> in_failed_directory;
  int connections = 0;

 private:
  class FakeChannel final : public env::Channel {
   public:
    FakeChannel(FakeBrokers* world, int broker) : world_(world), broker_(broker) {}
    env::Task<env::IoResult<env::Frame>> call(env::Frame request, env::Duration) override {
      if (closed_ || world_->unreachable.contains(broker_)) {
        co_return std::unexpected(std::make_error_code(std::errc::connection_refused));
      }
      const auto hold = world_->held.find(broker_);
      if (hold != world_->held.end()) {
        const env::Signal until = hold->second;
        co_await until.wait();
      }
      const auto delay = world_->slow.find(broker_);
      if (delay != world_->slow.end()) co_await env::sleep_for(*world_->clock, delay->second);
      env::Frame answer = world_->take(broker_, request);
      if (world_->fail_next[broker_] > 0) {
        --world_->fail_next[broker_];
        co_return std::unexpected(std::make_error_code(std::errc::connection_reset));
      }
      co_return answer;
    }
    void close() override { closed_ = true; }

   private:
    FakeBrokers* world_;
    int broker_;
    bool closed_ = false;
  };

  // Every partition with its result; topics by name before version 5, by id from then on.
  void report_failed(int broker, std::int16_t version, const protocol::LeaderAndIsrRequest& request,
                     protocol::LeaderAndIsrResponse& answer) {
    for (const auto& topic : request.topic_states) {
      const auto& failed = in_failed_directory[broker][topic.topic_name];
      auto& by_id = answer.topics.emplace_back();
      by_id.topic_id = topic.topic_id;
      for (const auto& p : topic.partition_states) {
        const auto error = failed.contains(p.partition_index.value) ? ErrorCode::kKafkaStorageError
                                                                    : ErrorCode::kNone;
        by_id.partition_errors.push_back({topic.topic_name, p.partition_index, error});
      }
      if (version >= 5) continue;
      answer.partition_errors = by_id.partition_errors;
      answer.topics.clear();
    }
  }

  template <class Request>
  env::Frame note(int broker, const protocol::RequestHeader& header, protocol::Reader& in,
                  typename Request::Response answer) {
    Request request = Request::decode(in, header.version).value();
    if constexpr (std::is_same_v<Request, protocol::StopReplicaRequest>) {
      for (const auto& topic : request.topic_states) {
        for (const auto& p : topic.partition_states) {
          if (!p.delete_partition || !deletions.contains(broker)) continue;
          answer.partition_errors.push_back(
              {topic.topic_name, p.partition_index, deletions[broker]});
        }
      }
    }
    if constexpr (std::is_same_v<Request, protocol::LeaderAndIsrRequest>) {
      report_failed(broker, header.version, request, answer);
    }
    sent.push_back({broker, header.version, header.client_id.value_or(""), std::move(request)});
    protocol::Writer out;
    const protocol::ResponseHeader answered{header.correlation_id};
    answered.encode(out, header.key, header.version);
    answer.encode(out, header.version);
    return out.take().value().bytes;
  }

  env::Frame take(int broker, env::Frame& frame) {
    protocol::Reader in{env::MutableBytes(frame)};
    const auto header = protocol::RequestHeader::decode(in).value();
    switch (header.key) {
      case ApiKey::kLeaderAndIsr:
        return note<protocol::LeaderAndIsrRequest>(broker, header, in, {});
      case ApiKey::kUpdateMetadata:
        return note<protocol::UpdateMetadataRequest>(broker, header, in, {});
      default: return note<protocol::StopReplicaRequest>(broker, header, in, {});
    }
  }
};

}  // namespace barnabas::controller::testing
