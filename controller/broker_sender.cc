#include "controller/broker_sender.h"

#include <deque>
#include <utility>

#include "controller/loggers.h"
#include "env/check.h"
#include "env/log.h"
#include "protocol/call.h"

namespace barnabas::controller {
namespace {

using Results = std::map<TopicPartition, ErrorCode>;

// What became of each partition that was to be deleted; one the broker does not mention is done.
Results deletion_results(const SendStopReplica& request,
                         const protocol::StopReplicaResponse& response) {
  Results results;
  for (const auto& [topic, partitions] : request.topics) {
    for (const auto& [index, partition] : partitions) {
      if (partition.remove) results.emplace(TopicPartition{topic, index}, response.error_code);
    }
  }
  if (response.error_code != ErrorCode::kNone) return results;
  for (const auto& error : response.partition_errors) {
    const auto found = results.find({error.topic_name, error.partition_index});
    if (found != results.end()) found->second = error.error_code;
  }
  return results;
}

bool note_offline(const TopicPartition& tp, ErrorCode error, std::set<TopicPartition>& offline) {
  if (error == ErrorCode::kKafkaStorageError) return offline.insert(tp).second;
  return error == ErrorCode::kNone && offline.erase(tp) > 0;
}

// Adds what the answer says is in a failed directory, takes out what is well; true if that made a
// difference. From version 5 on topics go by their ids.
bool note_offline(const SendLeaderAndIsr& request, const protocol::LeaderAndIsrResponse& response,
                  std::set<TopicPartition>& offline) {
  std::map<TopicId, std::string> names;
  if (!response.topics.empty()) {
    for (const auto& [topic, id] : request.ids) names.emplace(id, topic);
  }
  bool changed = false;
  for (const auto& row : response.partition_errors) {
    changed |= note_offline({row.topic_name, row.partition_index}, row.error_code, offline);
  }
  for (const auto& topic : response.topics) {
    const auto named = names.find(topic.topic_id);
    if (named == names.end()) continue;
    for (const auto& row : topic.partition_errors) {
      changed |= note_offline({named->second, row.partition_index}, row.error_code, offline);
    }
  }
  return changed;
}

}  // namespace

struct BrokerSender::State {
  SenderPorts ports;
  Speaker speaker;
  env::Address address;
  Ears ears;
  std::set<TopicPartition> offline;  // as the broker told us last
  std::deque<Outgoing> queue;
  std::unique_ptr<env::Channel> channel;
  std::optional<protocol::Caller> caller;  // of this channel: it counts the correlation ids
  env::Signal wake;                        // of the present wait
  bool stopped = false;
  bool answered = false;

  void connect() {
    channel = ports.network->connect(address, ports.executor);
    caller.emplace(channel.get(), std::to_string(speaker.controller.value));
  }
  env::Task<void> wait_for_mail();
  env::Task<void> back_off();

  // One request until it is answered; nullopt: stopped.
  template <class Request>
  env::Task<std::optional<typename Request::Response>> deliver(Request request,
                                                               std::int16_t version);
  env::Task<void> deliver(const SendLeaderAndIsr* body, BrokerEpoch to);
  env::Task<void> deliver(const SendUpdateMetadata* body, BrokerEpoch to);
  env::Task<void> deliver(const SendStopReplica* body, BrokerEpoch to);
};

BrokerSender::BrokerSender(SenderPorts ports, Speaker speaker, env::Address address, Ears ears)
    : state_(std::make_shared<State>()) {
  state_->ports = std::move(ports);
  state_->speaker = std::move(speaker);
  state_->address = std::move(address);
  state_->ears = std::move(ears);
  state_->ports.gate->spawn(state_->ports.executor, run(state_));
}

BrokerSender::~BrokerSender() { stop(); }

void BrokerSender::send(Outgoing request) {
  if (state_->stopped) return;
  state_->queue.push_back(std::move(request));
  state_->wake.set();
}

void BrokerSender::stop() {
  if (std::exchange(state_->stopped, true)) return;
  state_->queue.clear();
  if (state_->channel) state_->channel->close();
  state_->wake.set();
}

std::size_t BrokerSender::queued() const { return state_->queue.size(); }

bool BrokerSender::has_answered() const { return state_->answered; }

env::Task<void> BrokerSender::run(std::shared_ptr<State> state) {
  while (!state->stopped) {
    if (state->queue.empty()) {
      co_await state->wait_for_mail();
      continue;
    }
    const Outgoing request = std::move(state->queue.front());
    state->queue.pop_front();
    if (const auto* body = std::get_if<SendLeaderAndIsr>(request.body.get())) {
      co_await state->deliver(body, request.broker_epoch);
    } else if (const auto* metadata = std::get_if<SendUpdateMetadata>(request.body.get())) {
      co_await state->deliver(metadata, request.broker_epoch);
    } else {
      co_await state->deliver(std::get_if<SendStopReplica>(request.body.get()),
                              request.broker_epoch);
    }
    if (!state->stopped) state->ears.answered();
  }
  state->channel.reset();
}

env::Task<void> BrokerSender::State::wait_for_mail() {
  wake = env::Signal();
  const env::Signal present = wake;
  co_await present.wait();
}

env::Task<void> BrokerSender::State::back_off() {
  channel.reset();
  const env::Instant until = ports.clock->now() + kBackOff;
  // Mail that comes in meanwhile wakes us too: go on waiting.
  bool woken = true;
  while (woken && !stopped) {
    wake = env::Signal();
    const env::Signal present = wake;
    woken = co_await present.wait_until(*ports.clock, until);
  }
}

template <class Request>
env::Task<std::optional<typename Request::Response>> BrokerSender::State::deliver(
    Request request, std::int16_t version) {
  // A broker that is away for long is worth one line, not ten a second.
  for (auto level = env::LogLevel::kWarn; !stopped; level = env::LogLevel::kDebug) {
    if (!channel) connect();
    auto answer = co_await caller->call(request, version, ports.timeout);
    if (stopped) break;
    if (answer) {
      answered |= answer->error_code == ErrorCode::kNone;
      co_return std::move(*answer);
    }
    env::log_at(level, kSenderLog, "[Controller id={}] {} to {}:{} failed, trying again: {}",
                speaker.controller.value, Request::kName, address.host, address.port,
                protocol::to_string(answer.error()));
    co_await back_off();
  }
  co_return std::nullopt;
}

env::Task<void> BrokerSender::State::deliver(const SendLeaderAndIsr* body, BrokerEpoch to) {
  auto request = wire(speaker, to, *body);
  auto answer = co_await deliver(std::move(request), speaker.ibp.leader_and_isr());
  if (!answer) co_return;
  if (answer->error_code != ErrorCode::kNone) {
    env::log_warn(kSenderLog, "[Controller id={}] LeaderAndIsr refused by {}:{}: {}",
                  speaker.controller.value, address.host, address.port, name(answer->error_code));
    co_return;
  }
  if (note_offline(*body, *answer, offline)) ears.offline(offline);
}

env::Task<void> BrokerSender::State::deliver(const SendUpdateMetadata* body, BrokerEpoch to) {
  auto request = wire(speaker, to, *body);
  auto answer = co_await deliver(std::move(request), speaker.ibp.update_metadata());
  if (answer && answer->error_code != ErrorCode::kNone) {
    env::log_warn(kSenderLog, "[Controller id={}] UpdateMetadata refused by {}:{}: {}",
                  speaker.controller.value, address.host, address.port, name(answer->error_code));
  }
}

env::Task<void> BrokerSender::State::deliver(const SendStopReplica* body, BrokerEpoch to) {
  Results results;
  auto requests = wire(speaker, to, *body);
  for (auto& request : requests) {
    const bool deletes =
        speaker.ibp.stop_replica() >= kStopReplicaPerPartition || request.delete_partitions;
    auto answer = co_await deliver(std::move(request), speaker.ibp.stop_replica());
    if (!answer) co_return;
    if (deletes) results = deletion_results(*body, *answer);
  }
  if (!results.empty()) ears.deleted(std::move(results));
}

}  // namespace barnabas::controller
