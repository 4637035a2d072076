// ElectLeaders 0-2. v0: preferred only (KIP-183); v1: unclean, error at the top (KIP-460).
#include <algorithm>

#include "broker/api/handlers.h"
#include "broker/api/topic_creation.h"
#include "env/run_on.h"

namespace barnabas::broker::api {
namespace {

using controller::ElectionRequest;
using controller::ElectionResults;
using controller::ElectionType;
using Request = protocol::ElectLeadersRequest;
using Response = protocol::ElectLeadersResponse;

// Every partition there is, if none are named.
std::vector<TopicPartition> wanted_partitions(const replica::MetadataSnapshot& metadata,
                                              const Request& request) {
  std::vector<TopicPartition> wanted;
  if (!request.topic_partitions) {
    metadata.for_each_topic([&](const replica::TopicMetadata& topic) {
      for (std::size_t i = 0; i < topic.size(); ++i) {
        wanted.push_back({topic.name(), topic.at(i).index});
      }
    });
    return wanted;
  }
  for (const auto& topic : *request.topic_partitions) {
    for (const PartitionIndex index : topic.partitions) wanted.push_back({topic.topic, index});
  }
  return wanted;
}

struct Outcome {
  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> message;
};
using Outcomes = std::map<TopicPartition, Outcome>;

bool is_led_by(const replica::MetadataSnapshot& metadata, const TopicPartition& tp,
               BrokerId leader) {
  const auto topic = metadata.topic(tp.topic);
  const auto partition = topic ? topic->find(tp.partition) : std::nullopt;
  return partition && partition->leader == leader;
}

Outcomes failures(const ElectionResults& results) {
  Outcomes outcomes;
  for (const auto& [tp, result] : results) {
    if (result) continue;
    Outcome& outcome = outcomes[tp];
    outcome.error = result.error().code;
    if (!result.error().message.empty()) outcome.message = result.error().message;
  }
  return outcomes;
}

std::map<TopicPartition, BrokerId> expected_leaders(const ElectionResults& results) {
  std::map<TopicPartition, BrokerId> expected;
  for (const auto& [tp, result] : results) {
    if (result) expected.emplace(tp, *result);
  }
  return expected;
}

// Who was elected counts when our own metadata says so too.
env::Task<void> wait_for_leaders(Services* services, Outcomes* outcomes,
                                 std::map<TopicPartition, BrokerId> expected,
                                 env::Instant deadline) {
  auto all_lead = [&](const replica::MetadataSnapshot& metadata) {
    std::erase_if(expected, [&](const auto& entry) {
      if (!is_led_by(metadata, entry.first, entry.second)) return false;
      outcomes->emplace(entry.first, Outcome{});
      return true;
    });
    return expected.empty();
  };
  co_await wait_for_metadata(services, deadline, std::ref(all_lead));
  for (const auto& [tp, leader] : expected) {
    outcomes->emplace(tp, Outcome{ErrorCode::kRequestTimedOut, std::nullopt});
  }
}

Response to_response(const Outcomes& outcomes) {
  Response response;
  for (const auto& [tp, outcome] : outcomes) {
    auto& topics = response.replica_election_results;
    if (topics.empty() || topics.back().topic != tp.topic) topics.push_back({tp.topic, {}});
    topics.back().partition_result.push_back({tp.partition, outcome.error, outcome.message});
  }
  return response;
}

Response refuse_all(const Request& request, ErrorCode error) {
  Outcomes outcomes;
  for (const auto& topic :
       request.topic_partitions.value_or(std::decay_t<decltype(*request.topic_partitions)>{})) {
    for (const PartitionIndex index : topic.partitions) {
      outcomes.emplace(TopicPartition{topic.topic, index}, Outcome{error, std::nullopt});
    }
  }
  Response response = to_response(outcomes);
  response.error_code = error;
  return response;
}

}  // namespace

env::Task<Response> handle_elect_leaders(Services* services, RequestContext, Request request) {
  const auto deadline =
      services->clock.now() + std::chrono::milliseconds(std::max(0, request.timeout_ms.value));
  if (request.election_type < 0 || request.election_type > 1) {
    co_return refuse_all(request, ErrorCode::kUnknownServerError);
  }
  ElectionRequest election;
  election.type = request.election_type == 0 ? ElectionType::kPreferred : ElectionType::kUnclean;
  election.partitions = wanted_partitions(*services->metadata.snapshot(), request);
  auto electing = services->controller.elect_leaders(std::move(election));
  const auto results =
      co_await env::run_on<ElectionResults>(services->zk_executor, std::move(electing));
  Outcomes outcomes = failures(results);
  co_await wait_for_leaders(services, &outcomes, expected_leaders(results), deadline);
  if (!request.topic_partitions) {
    std::erase_if(outcomes, [](const auto& entry) {
      return entry.second.error == ErrorCode::kElectionNotNeeded;
    });
  }
  co_return to_response(outcomes);
}

}  // namespace barnabas::broker::api
