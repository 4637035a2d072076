#include "tools/groups/groups_cluster.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "protocol/messages/consumer_protocol_assignment.h"
#include "protocol/messages/delete_groups.h"
#include "protocol/messages/describe_groups.h"
#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/list_groups.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_delete.h"
#include "protocol/messages/offset_fetch.h"
#include "protocol/reader.h"
#include "tools/groups/leader_offsets.h"
#include "tools/java_order.h"

namespace barnabas::tools {
namespace {

using protocol::ConsumerProtocolAssignment;
using protocol::DescribeGroupsResponse;
using protocol::ListGroupsResponse;

constexpr std::string_view kConsumers = "consumer";
constexpr std::string_view kUnknown = "Unknown";

bool is_of_consumers(const std::string& protocol_type) {
  return protocol_type.empty() || protocol_type == kConsumers;
}

// "classic" is shown as Classic.
std::string shown_word(std::string word) {
  if (word.empty()) return std::string(kUnknown);
  word.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(word.front())));
  return word;
}

std::vector<TopicPartition> parse_assignment(const std::vector<std::byte>& bytes) {
  protocol::Reader in{std::span<const std::byte>(bytes)};
  const auto version = std::min<std::int16_t>(in.int16(), ConsumerProtocolAssignment::kMaxVersion);
  const auto assignment = ConsumerProtocolAssignment::decode(in, version);
  std::set<TopicPartition> partitions;
  if (assignment) {
    for (const auto& topic : assignment->assigned_partitions) {
      for (const auto index : topic.partitions) partitions.insert({topic.topic, index});
    }
  }
  return in_java_order(std::vector(partitions.begin(), partitions.end()));
}

GroupDescription description_of(const DescribeGroupsResponse::DescribedGroup& group,
                                std::string coordinator) {
  GroupDescription description{
      group.group_id, group.group_state, group.protocol_data, std::move(coordinator), {}};
  for (const auto& member : group.members) {
    description.members.push_back({member.member_id, member.group_instance_id.value_or(""),
                                   member.client_id, member.client_host,
                                   parse_assignment(member.member_assignment)});
  }
  return description;
}

// The entry of a topic, in lists of partitions that are made in their topics' order.
template <class Topic>
Topic& entry_of(std::vector<Topic>& topics, const std::string& name) {
  if (topics.empty() || topics.back().name != name) topics.emplace_back().name = name;
  return topics.back();
}

protocol::OffsetCommitRequest commit_request(const std::string& group,
                                             const PartitionOffsets& offsets) {
  protocol::OffsetCommitRequest request;
  request.group_id = group;
  for (const auto& [partition, offset] : offsets) {
    auto& added = entry_of(request.topics, partition.topic).partitions.emplace_back();
    added.partition_index = partition.partition;
    added.committed_offset = offset;
    added.committed_metadata = "";
  }
  return request;
}

std::map<TopicPartition, ErrorCode> codes_of(const protocol::OffsetCommitResponse& answer) {
  std::map<TopicPartition, ErrorCode> codes;
  for (const auto& topic : answer.topics) {
    for (const auto& partition : topic.partitions) {
      codes[{topic.name, partition.partition_index}] = partition.error_code;
    }
  }
  return codes;
}

}  // namespace

bool GroupsCluster::is_elsewhere(ErrorCode code) {
  return code == ErrorCode::kNotCoordinator || code == ErrorCode::kCoordinatorNotAvailable ||
         code == ErrorCode::kCoordinatorLoadInProgress;
}

env::Task<Called<std::vector<GroupListing>>> GroupsCluster::list(std::vector<std::string> states,
                                                                 std::vector<std::string> types) {
  const auto cluster = co_await client_.cluster("findAllBrokers");
  if (!cluster) {
    co_return std::unexpected(Thrown{
        "org.apache.kafka.common.KafkaException: Failed to find brokers to send ListGroups"});
  }
  std::vector<GroupListing> listings;
  std::set<std::string> seen;  // a group that moves may be on two brokers
  for (const auto& broker : cluster->brokers) {
    protocol::ListGroupsRequest request{states, types};
    const Target target = broker.node_id;
    const auto answer = co_await client_.call(
        target, std::move(request), "listConsumerGroups",
        [](const ListGroupsResponse& response) { return is_elsewhere(response.error_code); });
    if (!answer) co_return std::unexpected(thrown(answer.error()));
    if (answer->error_code != ErrorCode::kNone) {
      co_return std::unexpected(thrown(answer->error_code));
    }
    for (const auto& group : answer->groups) {
      if (!is_of_consumers(group.protocol_type) || !seen.insert(group.group_id).second) continue;
      listings.push_back(
          {group.group_id, shown_word(group.group_type), shown_word(group.group_state)});
    }
  }
  co_return in_java_order(std::move(listings), &GroupListing::id);
}

env::Task<Called<GroupsCluster::Coordinator>> GroupsCluster::find_coordinator(std::string group,
                                                                              std::string name) {
  using Response = protocol::FindCoordinatorResponse;
  protocol::FindCoordinatorRequest request;
  request.coordinator_keys = {group};
  const Target target = AnyBroker{};
  const auto answer = co_await client_.call(
      target, std::move(request), name + "(api=FIND_COORDINATOR)", [](const Response& response) {
        return response.coordinators.empty() ||
               is_elsewhere(response.coordinators.front().error_code);
      });
  if (!answer) co_return std::unexpected(thrown(answer.error()));
  const auto& found = answer->coordinators.front();
  if (found.error_code != ErrorCode::kNone) co_return std::unexpected(thrown(found.error_code));
  co_return Coordinator{found.node_id,
                        fmt::format("{}:{}  ({})", found.host, found.port, found.node_id.value)};
}

env::Task<Called<GroupDescription>> GroupsCluster::describe(std::string group) {
  const std::string name = "describeConsumerGroups";
  const auto coordinator = co_await find_coordinator(group, name);
  if (!coordinator) co_return std::unexpected(coordinator.error());
  protocol::DescribeGroupsRequest request;
  request.groups = {group};
  const auto answer = co_await ask_coordinator(
      group, std::move(request), name, [](const DescribeGroupsResponse& response) {
        return response.groups.empty() ? ErrorCode::kNone : response.groups.front().error_code;
      });
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->groups.empty()) co_return std::unexpected(thrown(ErrorCode::kUnknownServerError));
  const auto& found = answer->groups.front();
  if (found.error_code != ErrorCode::kNone) co_return std::unexpected(thrown(found.error_code));
  if (!is_of_consumers(found.protocol_type)) {
    co_return std::unexpected(Thrown{
        fmt::format("java.lang.IllegalArgumentException: GroupId {} is not a consumer group ({}).",
                    group, found.protocol_type)});
  }
  co_return description_of(found, coordinator->shown);
}

env::Task<Called<void>> GroupsCluster::remove(std::string group) {
  using Response = protocol::DeleteGroupsResponse;
  const auto code_of = [](const Response& response) {
    return response.results.empty() ? ErrorCode::kUnknownServerError
                                    : response.results.front().error_code;
  };
  protocol::DeleteGroupsRequest request;
  request.groups_names = {group};
  const auto answer =
      co_await ask_coordinator(group, std::move(request), "deleteConsumerGroups", code_of);
  if (!answer) co_return std::unexpected(answer.error());
  const ErrorCode code = code_of(*answer);
  if (code != ErrorCode::kNone) co_return std::unexpected(thrown(code));
  co_return Called<void>{};
}

env::Task<Called<PartitionOffsets>> GroupsCluster::committed(std::string group) {
  using Response = protocol::OffsetFetchResponse;
  const auto code_of = [](const Response& response) {
    return response.groups.empty() ? ErrorCode::kUnknownServerError
                                   : response.groups.front().error_code;
  };
  protocol::OffsetFetchRequest request;
  auto& asked = request.groups.emplace_back();
  asked.group_id = group;
  asked.topics = std::nullopt;  // all
  const auto answer =
      co_await ask_coordinator(group, std::move(request), "listConsumerGroupOffsets", code_of);
  if (!answer) co_return std::unexpected(answer.error());
  const ErrorCode code = code_of(*answer);
  if (code != ErrorCode::kNone) co_return std::unexpected(thrown(code));
  PartitionOffsets offsets;
  for (const auto& topic : answer->groups.front().topics) {
    for (const auto& partition : topic.partitions) {
      const bool has_one =
          partition.error_code == ErrorCode::kNone && partition.committed_offset >= Offset(0);
      if (has_one) offsets[{topic.name, partition.partition_index}] = partition.committed_offset;
    }
  }
  co_return offsets;
}

env::Task<Called<void>> GroupsCluster::commit(std::string group, PartitionOffsets offsets) {
  using Response = protocol::OffsetCommitResponse;
  auto request = commit_request(group, offsets);
  const auto answer = co_await ask_coordinator(
      group, std::move(request), "alterConsumerGroupOffsets", [](const Response& response) {
        const auto codes = codes_of(response);
        return codes.empty() ? ErrorCode::kNone : codes.begin()->second;
      });
  if (!answer) co_return std::unexpected(answer.error());
  const auto codes = codes_of(*answer);
  std::vector<TopicPartition> failed;
  for (const auto& [partition, code] : codes) {
    if (code != ErrorCode::kNone) failed.push_back(partition);
  }
  if (failed.empty()) co_return Called<void>{};
  failed = in_java_order(std::move(failed));
  std::vector<std::string> names;
  for (const auto& partition : failed) names.push_back(to_string(partition));
  const auto code = codes.at(failed.front());
  const auto told =
      fmt::format("Failed altering consumer group offsets for the following partitions: [{}]",
                  fmt::join(names, ", "));
  co_return std::unexpected(thrown(code, told));
}

env::Task<Called<DeletedOffsets>> GroupsCluster::delete_offsets(
    std::string group, std::vector<TopicPartition> partitions) {
  using Response = protocol::OffsetDeleteResponse;
  protocol::OffsetDeleteRequest request;
  request.group_id = group;
  std::ranges::sort(partitions);
  for (const auto& partition : partitions) {
    entry_of(request.topics, partition.topic).partitions.push_back({partition.partition});
  }
  const auto answer =
      co_await ask_coordinator(group, std::move(request), "deleteConsumerGroupOffsets",
                               [](const Response& response) { return response.error_code; });
  if (!answer) co_return std::unexpected(answer.error());
  DeletedOffsets deleted{answer->error_code, {}};
  for (const auto& partition : partitions) deleted.partitions[partition] = answer->error_code;
  for (const auto& topic : answer->topics) {
    for (const auto& partition : topic.partitions) {
      deleted.partitions[{topic.name, partition.partition_index}] = partition.error_code;
    }
  }
  co_return deleted;
}

env::Task<Called<std::vector<TopicPartition>>> GroupsCluster::partitions_of(std::string topic) {
  protocol::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  request.topics->emplace_back().name = topic;
  const Target target = AnyBroker{};
  const auto answer = co_await client_.call(target, std::move(request), "describeTopics");
  if (!answer) co_return std::unexpected(thrown(answer.error()));
  std::vector<TopicPartition> partitions;
  for (const auto& found : answer->topics) {
    if (found.error_code != ErrorCode::kNone) co_return std::unexpected(thrown(found.error_code));
    for (const auto& partition : found.partitions) {
      partitions.push_back({topic, partition.partition_index});
    }
  }
  co_return partitions;
}

env::Task<Called<PartitionOffsets>> GroupsCluster::offsets_at(
    std::vector<TopicPartition> partitions, Timestamp at) {
  LeaderOffsets leaders(client_, timeout_, at);
  auto offsets = co_await leaders.find(std::move(partitions));
  co_return offsets;
}

}  // namespace barnabas::tools
