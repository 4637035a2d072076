#include "tests/sim/admin.h"

#include <fmt/core.h>

#include <utility>

#include "protocol/messages/delete_topics.h"

namespace barnabas::simtest {

using env::Task;

namespace {

constexpr int kLongestPauseMs = 800;
constexpr int kUnknownMeansGone = 20;

}  // namespace

Admin::Admin(Cluster* cluster, Crew* crew, Topics* topics, RecordChecker* checker,
             AdminOptions options, Client::Report report)
    : cluster_(cluster),
      crew_(crew),
      topics_(topics),
      checker_(checker),
      options_(options),
      report_(std::move(report)) {}

void Admin::start() {
  crew_->spawn("admin", administer());
  crew_->spawn("operator", act_often());
}

Task<void> Admin::administer() {
  Client client(cluster_, "admin", options_.slower, report_);
  if (!options_.replicated) co_await create_followed(&client);
  for (int i = 0; i < options_.topics; ++i) {
    const std::string topic = "topic" + std::to_string(i);
    co_await create(&client, topic);
    if (i < options_.deleted_topics) {
      co_await client.pause(5000);
      const bool for_good = co_await remove(&client, topic);
      if (for_good && client.random().chance(80)) co_await create(&client, topic);
    }
    co_await client.pause(3000);
  }
}

protocol::CreateTopicsRequest Admin::create_request(Client* client, const std::string& topic) {
  protocol::CreateTopicsRequest::CreatableTopic one;
  one.name = topic;
  one.num_partitions = static_cast<int>(client->random().below(3)) + 1;
  place(client, &one);
  protocol::CreateTopicsRequest request;
  request.topics = {one};
  request.timeout_ms = Millis{1000};
  return request;
}

// Without replicas, half of the topics say themselves where each partition goes.
void Admin::place(Client* client, protocol::CreateTopicsRequest::CreatableTopic* topic) {
  topic->replication_factor = options_.replicated ? 3 : 1;
  if (options_.replicated) topic->configs.push_back({"min.insync.replicas", "2"});
  if (options_.replicated || client->random().chance(50)) return;
  for (int i = 0; i < topic->num_partitions; ++i) {
    topic->assignments.push_back({PartitionIndex{i}, {BrokerId{client->any_broker()}}});
  }
  topic->num_partitions = -1;
  topic->replication_factor = -1;
}

// One topic with two replicas and no records: only to be led.
Task<void> Admin::create_followed(Client* client) {
  ErrorCode code = ErrorCode::kNotController;
  while (code != ErrorCode::kNone && code != ErrorCode::kTopicAlreadyExists) {
    auto request = create_request(client, "followed");
    auto& topic = request.topics[0];
    topic.assignments.clear();
    topic.num_partitions = 3;
    topic.replication_factor = 2;
    code = co_await try_to_create(client, std::move(request));
  }
}

Task<ErrorCode> Admin::try_to_create(Client* client, protocol::CreateTopicsRequest request) {
  co_await client->pause(kLongestPauseMs);
  const auto controller = co_await client->find_controller();
  if (!controller) co_return ErrorCode::kNotController;
  const std::string topic = request.topics[0].name;
  auto answer = co_await client->call(*controller, std::move(request), 7, Client::kTimeout);
  if (!answer) maybe_made_.insert(topic);
  if (!answer || answer->body.topics.size() != 1) co_return ErrorCode::kRequestTimedOut;
  const ErrorCode code = answer->body.topics[0].error_code;
  cluster_->world().record(fmt::format("create {}: {}", topic, name(code)));
  co_return code;
}

// Until metadata says where it is. The topic of that name of before may not be gone yet: then
// again.
Task<void> Admin::create(Client* client, std::string topic) {
  while (topics_->partitions_of(topic).empty()) {
    auto request = create_request(client, topic);
    const ErrorCode code = co_await try_to_create(client, std::move(request));
    if (code != ErrorCode::kNone && code != ErrorCode::kTopicAlreadyExists) continue;
    co_await learn(client, topic, 1);
  }
}

// Looks for a while whether the topic that is not gone has so many partitions.
Task<void> Admin::learn(Client* client, std::string topic, std::size_t partitions) {
  for (int i = 0; i < 10 && topics_->partitions_of(topic).size() < partitions; ++i) {
    co_await client->pause(kLongestPauseMs);
    const auto found = co_await client->find_topic(topic);
    if (!found || found->partitions.size() < partitions) continue;
    for (const auto& partition : found->partitions) {
      topics_->add({{topic, partition.partition_index}, found->topic_id},
                   partition.replica_nodes.at(0).value);
    }
  }
}

std::set<std::string> Admin::absent() const {
  std::set<std::string> names = topics_->absent();
  std::erase_if(names, [this](const std::string& topic) { return maybe_made_.contains(topic); });
  return names;
}

Task<bool> Admin::remove(Client* client, std::string topic) {
  const TopicId id = topics_->partitions_of(topic).at(0).id;
  topics_->remove(topic);
  // A controller that has just been elected may not have been told of the topic yet; only many such
  // answers mean that an attempt of which we have heard nothing did it.
  bool all_answered = true;
  for (int unknown = 0; unknown < kUnknownMeansGone;) {
    co_await client->pause(kLongestPauseMs);
    const auto controller = co_await client->find_controller();
    if (!controller) continue;
    protocol::DeleteTopicsRequest request;
    request.topics = {{std::nullopt, id}};
    request.timeout_ms = Millis{1000};
    auto answer = co_await client->call(*controller, std::move(request), 6, Client::kTimeout);
    all_answered &= answer.has_value();
    if (!answer || answer->body.responses.size() != 1) continue;
    const ErrorCode code = answer->body.responses[0].error_code;
    cluster_->world().record("delete " + topic + ": " + std::string(name(code)));
    if (code == ErrorCode::kNone) co_return all_answered;
    all_answered &= code != ErrorCode::kRequestTimedOut;
    if (code == ErrorCode::kUnknownTopicId) ++unknown;
  }
  co_return false;
}

}  // namespace barnabas::simtest
