#include "broker/replica/isr_updater.h"

#include <algorithm>
#include <utility>

#include "env/log.h"

namespace barnabas::broker::replica {

namespace {

using Request = protocol::AlterPartitionRequest;
using Response = protocol::AlterPartitionResponse;

constexpr auto kLogger = "kafka.server.DefaultAlterPartitionManager";
constexpr std::int16_t kFirstWithTopicIds = 2;
constexpr std::int16_t kFirstWithBrokerEpochs = 3;

// Without a topic id (before IBP 2.8) a partition can only be named.
std::int16_t highest_version(const std::vector<IsrChange>& changes) {
  const bool nameless =
      std::ranges::any_of(changes, [](const auto& change) { return change.topic_id.is_zero(); });
  return nameless ? kFirstWithTopicIds - 1 : Request::kMaxVersion;
}

Request::PartitionData partition_of(const IsrChange& change, std::int16_t version) {
  Request::PartitionData row;
  row.partition_index = change.tp.partition;
  row.leader_epoch = change.leader_epoch;
  row.partition_epoch = change.partition_epoch;
  row.leader_recovery_state = 0;
  if (version < kFirstWithBrokerEpochs) {
    row.new_isr = change.isr;
  } else {
    // The epochs stay -1: a controller on ZooKeeper does not look at them.
    for (const BrokerId id : change.isr) row.new_isr_with_epochs.emplace_back().broker_id = id;
  }
  return row;
}

// From v2 topics are told by id, before by name: whichever is there.
std::map<TopicPartition, IsrAnswer> answers_in(const Response& response,
                                               const std::vector<IsrChange>& changes) {
  std::map<TopicId, std::string> names;
  for (const auto& change : changes) names.emplace(change.topic_id, change.tp.topic);
  std::map<TopicPartition, IsrAnswer> answers;
  for (const auto& topic : response.topics) {
    const bool by_id = !topic.topic_id.is_zero() && names.contains(topic.topic_id);
    const auto& topic_name = by_id ? names.at(topic.topic_id) : topic.topic_name;
    for (const auto& row : topic.partitions) {
      answers[{topic_name, row.partition_index}] = {row.error_code, row.leader_epoch,
                                                    row.partition_epoch, row.isr};
    }
  }
  return answers;
}

}  // namespace

IsrUpdater::IsrUpdater(IsrUpdaterConfig config, ControllerChannel* channel, env::Clock* clock,
                       env::Executor executor)
    : config_(std::move(config)),
      channel_(channel),
      clock_(clock),
      executor_(std::move(executor)) {}

void IsrUpdater::submit(IsrChange change) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    TopicPartition tp = change.tp;
    waiting_.insert_or_assign(std::move(tp), std::move(change));
    if (std::exchange(running_, true)) return;
  }
  gate_.spawn(executor_, run());
}

// All that waits; nothing left: the sender ends with it.
IsrUpdater::Changes IsrUpdater::take() {
  const std::lock_guard lock(mutex_);
  Changes changes;
  if (!stopped_) {
    for (auto& [tp, change] : waiting_) changes.push_back(std::move(change));
  }
  waiting_.clear();
  running_ = !changes.empty();
  return changes;
}

void IsrUpdater::put_back(Changes changes) {
  const std::lock_guard lock(mutex_);
  for (auto& change : changes) {
    TopicPartition tp = change.tp;
    waiting_.try_emplace(std::move(tp), std::move(change));
  }
}

env::Task<void> IsrUpdater::run() {
  for (Changes changes = take(); !changes.empty(); changes = take()) {
    Changes open = co_await send(std::move(changes));
    if (open.empty()) continue;
    put_back(std::move(open));
    co_await back_off();
  }
}

env::Task<void> IsrUpdater::back_off() {
  if (stopped_) co_return;
  wake_ = env::Signal();
  const env::Signal wake = wake_;
  const auto until = clock_->now() + kRetryBackoff;
  co_await wake.wait_until(*clock_, until);
}

Request IsrUpdater::request(const Changes& changes, std::int16_t version) const {
  Request request;
  request.broker_id = config_.self;
  request.broker_epoch = config_.broker_epoch();
  const IsrChange* previous = nullptr;
  for (const auto& change : changes) {
    const bool same_topic =
        previous && previous->tp.topic == change.tp.topic && previous->topic_id == change.topic_id;
    if (!same_topic) {
      auto& topic = request.topics.emplace_back();
      topic.topic_name = change.tp.topic;
      topic.topic_id = change.topic_id;
    }
    request.topics.back().partitions.push_back(partition_of(change, version));
    previous = &change;
  }
  return request;
}

// What is still open afterwards: all of it, if the controller answered nothing.
env::Task<IsrUpdater::Changes> IsrUpdater::send(Changes changes) {
  ControllerChannel::Build<Request> build = [this, &changes](std::int16_t version) {
    return request(changes, version);
  };
  const auto highest = highest_version(changes);
  const auto answer = co_await channel_->call_built<Request>(std::move(build), highest);
  if (answer && answer->error_code == ErrorCode::kNone) {
    failing_ = false;
    co_return settle(std::move(changes), *answer);
  }
  const bool known = std::exchange(failing_, true);
  env::log_at(known ? env::LogLevel::kDebug : env::LogLevel::kWarn, kLogger,
              "[Broker id={}] {} ISR changes are not decided, asking again: {}", config_.self.value,
              changes.size(),
              answer ? std::string(name(answer->error_code)) : protocol::to_string(answer.error()));
  co_return changes;
}

// A partition that the answer forgot is as open as one whose answer decides nothing.
IsrUpdater::Changes IsrUpdater::settle(Changes changes, const Response& response) {
  const auto answers = answers_in(response, changes);
  std::erase_if(changes, [&](const IsrChange& change) {
    const auto answer = answers.find(change.tp);
    return answer != answers.end() && !config_.settle(change, answer->second);
  });
  return changes;
}

env::Task<void> IsrUpdater::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.set();
  gate_.close();
  co_await gate_.wait();
}

}  // namespace barnabas::broker::replica
