// A leader broker at the other end of a network, by Kafka's rules: sessions, epochs, long polls.
// A record is one byte, and that byte is the leader epoch it was written in.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "env/network.h"
#include "env/spawn.h"
#include "log/log.h"
#include "protocol/header.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/list_offsets.h"
#include "protocol/messages/offset_for_leader_epoch.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

namespace barnabas::broker::follower::testing {

using protocol::FetchRequest;
using protocol::FetchResponse;

struct LedPartition {
  TopicId topic_id;
  std::int64_t start = 0;
  std::vector<std::byte> records;  // from `start` on
  std::int64_t high_watermark = 0;
  int leader_epoch = 1;
  ErrorCode error = ErrorCode::kNone;

  std::int64_t end() const { return start + static_cast<std::int64_t>(records.size()); }
  void append(std::size_t count, int epoch) {
    records.insert(records.end(), count, static_cast<std::byte>(epoch));
    high_watermark = end();
  }
  // Where the greatest epoch not above `epoch` ends.
  log::EpochEnd end_of(LeaderEpoch epoch) const {
    const auto limit = static_cast<std::byte>(epoch.value);
    const auto above = std::ranges::upper_bound(records, limit);
    if (above == records.begin()) return {LeaderEpoch{0}, Offset{start}};
    return {LeaderEpoch{std::to_integer<int>(*std::prev(above))},
            Offset{start + (above - records.begin())}};
  }
};

class FakeLeader final : public env::Network {
 public:
  explicit FakeLeader(env::Clock* clock) : clock_(clock) {}

  std::unique_ptr<env::Channel> connect(env::Address address, env::Executor) override {
    connected.push_back(address);
    return std::make_unique<FakeChannel>(this);
  }
  LedPartition& partition(const TopicPartition& tp) { return partitions_[tp]; }
  // A long poll looks again.
  void wake() {
    const auto all = std::exchange(polls_, {});
    for (const env::Signal& poll : all) poll.set();
  }
  void lose_sessions() { sessions_.clear(); }

  std::vector<env::Address> connected;
  std::vector<FetchRequest> fetches;
  std::vector<std::string> fetch_clients;  // who made each of them
  std::vector<std::int16_t> fetch_versions;
  std::vector<std::string> client_ids;
  std::vector<protocol::OffsetForLeaderEpochRequest> epoch_questions;
  bool reachable = true;
  bool hold = false;  // answers wait for wake()

 private:
  struct Session {
    std::int32_t id = 0;
    std::map<TopicPartition, FetchRequest::FetchPartition> known;
    std::map<TopicPartition, Offset> told;  // high watermarks
  };

  class FakeChannel final : public env::Channel {
   public:
    explicit FakeChannel(FakeLeader* leader) : leader_(leader) {}
    env::Task<env::IoResult<env::Frame>> call(env::Frame request, env::Duration) override {
      auto closed = closed_;
      if (*closed || !leader_->reachable) {
        co_return std::unexpected(std::make_error_code(std::errc::connection_refused));
      }
      auto answer = co_await leader_->answer(std::move(request));
      if (*closed) co_return std::unexpected(std::make_error_code(std::errc::operation_canceled));
      co_return answer;
    }
    void close() override {
      *closed_ = true;
      leader_->wake();
    }

   private:
    FakeLeader* leader_;
    std::shared_ptr<bool> closed_ = std::make_shared<bool>(false);
  };

  template <class Response>
  static env::Frame frame(const protocol::RequestHeader& header, const Response& response) {
    protocol::Writer out;
    protocol::ResponseHeader{header.correlation_id}.encode(out, header.key, header.version);
    response.encode(out, header.version);
    return out.take().value().bytes;
  }

  env::Task<env::Frame> answer(env::Frame request) {
    protocol::Reader in{env::MutableBytes(request)};
    const auto header = protocol::RequestHeader::decode(in).value();
    client_ids.push_back(header.client_id.value_or(""));
    if (header.key == ApiKey::kListOffsets) {
      const auto asked = protocol::ListOffsetsRequest::decode(in, header.version).value();
      co_return frame(header, list_offsets(asked));
    }
    if (header.key == ApiKey::kOffsetForLeaderEpoch) {
      const auto asked = protocol::OffsetForLeaderEpochRequest::decode(in, header.version).value();
      epoch_questions.push_back(asked);
      co_return frame(header, epoch_ends(asked));
    }
    const auto asked = FetchRequest::decode(in, header.version).value();
    fetches.push_back(asked);
    fetch_clients.push_back(client_ids.back());
    fetch_versions.push_back(header.version);
    FetchResponse response = co_await fetch(asked);
    co_return frame(header, response);
  }

  env::Task<FetchResponse> fetch(FetchRequest asked) {
    FetchResponse response;
    Session* session = session_of(asked);
    if (session == nullptr) {
      response.error_code = ErrorCode::kFetchSessionIdNotFound;
      co_return response;
    }
    const std::int32_t id = session->id;
    const auto until = clock_->now() + std::chrono::milliseconds(asked.max_wait_ms.value);
    response = read(*session, asked.session_epoch == 0);
    bool waits = hold || response.responses.empty();
    while (waits) {
      env::Signal poll;
      polls_.push_back(poll);
      const bool woken = co_await poll.wait_until(*clock_, until);
      if (!sessions_.contains(id)) break;
      response = read(sessions_[id], asked.session_epoch == 0);
      waits = woken && (hold || response.responses.empty());
    }
    co_return response;
  }

  // What the session knows after this request; null if there is no such session.
  Session* session_of(const FetchRequest& request) {
    std::int32_t id = request.session_id;
    if (request.session_epoch == 0) {
      sessions_.erase(id);
      id = ++last_session_;
      sessions_[id].id = id;
    }
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return nullptr;
    Session& session = found->second;
    for (const auto& topic : request.forgotten_topics_data) {
      for (const auto index : topic.partitions) session.known.erase({name_of(topic), index});
    }
    for (const auto& topic : request.topics) {
      for (const auto& one : topic.partitions) {
        session.known[{name_of(topic), one.partition}] = one;
      }
    }
    return &session;
  }

  template <class Topic>
  std::string name_of(const Topic& topic) const {
    if (!topic.topic.empty()) return topic.topic;
    for (const auto& [tp, led] : partitions_) {
      if (led.topic_id == topic.topic_id) return tp.topic;
    }
    return "";
  }

  FetchResponse read(Session& session, bool everything) {
    FetchResponse response;
    response.session_id = session.id;
    for (const auto& [tp, asked] : session.known) {
      auto data = read_one(partitions_[tp], asked);
      Offset& told = session.told[tp];
      const bool news = !data.records.is_null() || data.error_code != ErrorCode::kNone ||
                        data.diverging_epoch.epoch >= LeaderEpoch{0} || told != data.high_watermark;
      if (!news && !everything) continue;
      told = data.high_watermark;
      auto& topic = response.responses.emplace_back();
      topic.topic = tp.topic;
      topic.topic_id = partitions_[tp].topic_id;
      topic.partitions.push_back(std::move(data));
    }
    return response;
  }

  static FetchResponse::PartitionData read_one(LedPartition& led,
                                               const FetchRequest::FetchPartition& asked) {
    FetchResponse::PartitionData data;
    data.partition_index = asked.partition;
    data.error_code = led.error;
    const LeaderEpoch epoch{led.leader_epoch};
    if (asked.current_leader_epoch < epoch) data.error_code = ErrorCode::kFencedLeaderEpoch;
    if (asked.current_leader_epoch > epoch) data.error_code = ErrorCode::kUnknownLeaderEpoch;
    if (data.error_code != ErrorCode::kNone) return data;
    data.high_watermark = Offset{led.high_watermark};
    data.log_start_offset = Offset{led.start};
    if (asked.last_fetched_epoch != kNoLeaderEpoch) {
      const auto end = led.end_of(asked.last_fetched_epoch);
      if (end.epoch < asked.last_fetched_epoch || end.end_offset < asked.fetch_offset) {
        data.diverging_epoch = {end.epoch, end.end_offset};
        return data;
      }
    }
    if (asked.fetch_offset < Offset{led.start} || asked.fetch_offset > Offset{led.end()}) {
      data.error_code = ErrorCode::kOffsetOutOfRange;
      return data;
    }
    const auto from = static_cast<std::size_t>(asked.fetch_offset.value - led.start);
    if (from < led.records.size()) data.records = Records(std::span(led.records).subspan(from));
    return data;
  }

  protocol::ListOffsetsResponse list_offsets(const protocol::ListOffsetsRequest& asked) {
    const auto& one = asked.topics[0].partitions[0];
    const LedPartition& led = partitions_[{asked.topics[0].name, one.partition_index}];
    protocol::ListOffsetsResponse response;
    auto& topic = response.topics.emplace_back();
    topic.name = asked.topics[0].name;
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = one.partition_index;
    partition.offset = Offset{one.timestamp == Timestamp{-1} ? led.end() : led.start};
    return response;
  }

  protocol::OffsetForLeaderEpochResponse epoch_ends(
      const protocol::OffsetForLeaderEpochRequest& asked) {
    protocol::OffsetForLeaderEpochResponse response;
    for (const auto& topic : asked.topics) {
      auto& out = response.topics.emplace_back();
      out.topic = topic.topic;
      for (const auto& one : topic.partitions) {
        const auto end = partitions_[{topic.topic, one.partition}].end_of(one.leader_epoch);
        out.partitions.push_back({ErrorCode::kNone, one.partition, end.epoch, end.end_offset});
      }
    }
    return response;
  }

  env::Clock* clock_;
  std::map<TopicPartition, LedPartition> partitions_;
  std::map<std::int32_t, Session> sessions_;
  std::int32_t last_session_ = 0;
  std::vector<env::Signal> polls_;
};

}  // namespace barnabas::broker::follower::testing
