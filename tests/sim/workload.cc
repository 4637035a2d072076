#include "tests/sim/workload.h"

#include <algorithm>

#include "env/clock.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/delete_topics.h"
#include "protocol/messages/metadata.h"

namespace barnabas::simtest {

using env::Task;
using std::chrono::milliseconds;

namespace {

constexpr env::Duration kTimeout = std::chrono::seconds(2);
constexpr int kLongestPauseMs = 800;
constexpr int kUnknownMeansGone = 20;
constexpr std::int16_t kMetadataVersion = 12;

protocol::MetadataRequest ask_for(std::optional<std::string> topic) {
  protocol::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  if (topic) {
    protocol::MetadataRequest::MetadataRequestTopic one;
    one.name = std::move(topic);
    request.topics = {one};
  }
  return request;
}

}  // namespace

Workload::Workload(Cluster* cluster, RecordChecker* checker, WorkloadOptions options,
                   Client::Report report)
    : cluster_(cluster),
      checker_(checker),
      options_(options),
      report_(std::move(report)),
      random_(cluster->world().random().fork("workload")) {}

void Workload::start() {
  spawn("admin", administer());
  for (int i = 0; i < options_.producers; ++i) {
    spawn("producer" + std::to_string(i), produce_all(i));
  }
  spawn("reader", read_some());
}

void Workload::verify() {
  for (const TopicPartition& tp : partitions_) {
    spawn("verify " + to_string(tp), verify_partition(tp));
  }
}

void Workload::spawn(std::string name, Task<void> task) {
  running_.insert(name);
  cluster_->client().spawn(run(std::move(name), std::move(task)));
}

Task<void> Workload::run(std::string name, Task<void> task) {
  co_await std::move(task);
  running_.erase(name);
}

Task<void> Workload::pause(int longest_ms) {
  const milliseconds time(random_.below(static_cast<std::uint64_t>(longest_ms * options_.slower)) +
                          1);
  co_await env::sleep_for(cluster_->client().clock(), time);
}

Client Workload::make_client(std::string name) {
  return Client(cluster_, std::move(name), report_);
}

std::optional<TopicPartition> Workload::any_partition() {
  if (partitions_.empty()) return std::nullopt;
  return partitions_[random_.below(partitions_.size())];
}

int Workload::generation(const TopicPartition& tp) const {
  if (options_.replicated) return 0;
  const int home = homes_.at(tp);
  const bool kept = options_.durable && !cluster_->had_broken_disk(home);
  return kept ? 0 : cluster_->power_losses(home);
}

Task<void> Workload::administer() {
  Client client = make_client("admin");
  if (!options_.replicated) co_await create_followed(&client);
  for (int i = 0; i < options_.topics; ++i) {
    const std::string topic = "topic" + std::to_string(i);
    co_await create(&client, topic);
    if (i < options_.deleted_topics) {
      co_await pause(5000);
      co_await remove(&client, topic);
    }
    co_await pause(3000);
  }
}

protocol::CreateTopicsRequest Workload::create_request(const std::string& topic) {
  protocol::CreateTopicsRequest::CreatableTopic one;
  one.name = topic;
  one.num_partitions = static_cast<int>(random_.below(3)) + 1;
  one.replication_factor = 1;
  options_.replicated ? place_replicated(&one) : place_replicas(&one);
  protocol::CreateTopicsRequest request;
  request.topics = {one};
  request.timeout_ms = Millis{1000};
  return request;
}

// RF 1; half of the topics say themselves where each partition goes.
void Workload::place_replicas(protocol::CreateTopicsRequest::CreatableTopic* topic) {
  if (!random_.chance(50)) return;
  for (int i = 0; i < topic->num_partitions; ++i) {
    const auto& ids = cluster_->ids();
    const BrokerId home{ids[random_.below(ids.size())]};
    topic->assignments.push_back({PartitionIndex{i}, {home}});
  }
  topic->num_partitions = -1;
  topic->replication_factor = -1;
}

void Workload::place_replicated(protocol::CreateTopicsRequest::CreatableTopic* topic) {
  topic->replication_factor = 3;
  topic->configs.push_back({"min.insync.replicas", "2"});
}

// One topic with two replicas and no records: only to be led.
Task<void> Workload::create_followed(Client* client) {
  ErrorCode code = ErrorCode::kNotController;
  while (code != ErrorCode::kNone && code != ErrorCode::kTopicAlreadyExists) {
    co_await pause(kLongestPauseMs);
    const auto controller = co_await find_controller(client);
    if (!controller) continue;
    auto request = create_request("followed");
    auto& topic = request.topics[0];
    topic.assignments.clear();
    topic.num_partitions = 3;
    topic.replication_factor = 2;
    auto answer = co_await client->call(*controller, std::move(request), 7, kTimeout);
    if (answer && answer->body.topics.size() == 1) code = answer->body.topics[0].error_code;
    cluster_->world().record("create followed: " + std::string(name(code)));
  }
}

Task<std::optional<int>> Workload::find_controller(Client* client) {
  const int asked = cluster_->ids()[random_.below(cluster_->ids().size())];
  auto request = ask_for("none");
  auto answer = co_await client->call(asked, std::move(request), kMetadataVersion, kTimeout);
  if (!answer || answer->body.controller_id == kNoBroker) co_return std::nullopt;
  co_return answer->body.controller_id.value;
}

// Until it exists and metadata says where.
Task<void> Workload::create(Client* client, std::string topic) {
  bool exists = false;
  while (!exists) {
    co_await pause(kLongestPauseMs);
    const auto controller = co_await find_controller(client);
    if (!controller) continue;
    auto request = create_request(topic);
    auto answer = co_await client->call(*controller, std::move(request), 7, kTimeout);
    if (!answer || answer->body.topics.size() != 1) continue;
    const ErrorCode code = answer->body.topics[0].error_code;
    cluster_->world().record("create " + topic + ": " + std::string(name(code)));
    exists = code == ErrorCode::kNone || code == ErrorCode::kTopicAlreadyExists;
  }
  for (;;) {
    co_await pause(kLongestPauseMs);
    const int asked = cluster_->ids()[random_.below(cluster_->ids().size())];
    auto request = ask_for(topic);
    auto answer = co_await client->call(asked, std::move(request), kMetadataVersion, kTimeout);
    if (!answer || answer->body.topics.size() != 1) continue;
    if (answer->body.topics[0].error_code != ErrorCode::kNone) continue;
    for (const auto& partition : answer->body.topics[0].partitions) {
      const TopicPartition tp{topic, partition.partition_index};
      homes_[tp] = partition.replica_nodes.at(0).value;
      partitions_.push_back(tp);
    }
    co_return;
  }
}

Task<void> Workload::remove(Client* client, std::string topic) {
  std::erase_if(partitions_, [&](const TopicPartition& tp) { return tp.topic == topic; });
  deleted_.insert(topic);
  // A controller that has just been elected may not have been told of the topic yet; only many such
  // answers mean that an attempt of which we have heard nothing did it.
  for (int unknown = 0; unknown < kUnknownMeansGone;) {
    co_await pause(kLongestPauseMs);
    const auto controller = co_await find_controller(client);
    if (!controller) continue;
    protocol::DeleteTopicsRequest request;
    request.topic_names = {topic};
    request.timeout_ms = Millis{1000};
    auto answer = co_await client->call(*controller, std::move(request), 5, kTimeout);
    if (!answer || answer->body.responses.size() != 1) continue;
    const ErrorCode code = answer->body.responses[0].error_code;
    cluster_->world().record("delete " + topic + ": " + std::string(name(code)));
    if (code == ErrorCode::kNone) co_return;
    if (code == ErrorCode::kUnknownTopicOrPartition) ++unknown;
  }
}

Task<std::optional<int>> Workload::find_leader(Client* client, TopicPartition tp) {
  const int asked = cluster_->ids()[random_.below(cluster_->ids().size())];
  auto request = ask_for(tp.topic);
  auto answer = co_await client->call(asked, std::move(request), kMetadataVersion, kTimeout);
  if (!answer || answer->body.topics.size() != 1) co_return std::nullopt;
  for (const auto& partition : answer->body.topics[0].partitions) {
    if (partition.partition_index != tp.partition) continue;
    const bool usable =
        partition.leader_id != kNoBroker && client->is_news(tp, partition.leader_epoch);
    co_return usable ? std::optional(partition.leader_id.value) : std::nullopt;
  }
  co_return std::nullopt;
}

}  // namespace barnabas::simtest
