#include "tests/sim/group_calls.h"

#include <utility>

#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/offset_fetch.h"

namespace barnabas::simtest {

using env::Task;

Task<std::optional<int>> find_coordinator(Client* client, std::string group) {
  protocol::FindCoordinatorRequest request;
  request.coordinator_keys.push_back(std::move(group));
  auto answer =
      co_await client->call(client->any_broker(), std::move(request), 4, Client::kTimeout);
  if (!answer || answer->body.coordinators.size() != 1) co_return std::nullopt;
  const auto& found = answer->body.coordinators[0];
  if (found.error_code != ErrorCode::kNone) co_return std::nullopt;
  co_return found.node_id.value;
}

Task<std::optional<Committed>> fetch_committed(Client* client, int broker, std::string group,
                                               std::vector<int> partitions) {
  protocol::OffsetFetchRequest request;
  request.require_stable = true;
  auto& wanted = request.groups.emplace_back();
  wanted.group_id = std::move(group);
  auto& topic = wanted.topics->emplace_back();
  topic.name = kReadTopic;
  for (const int partition : partitions) topic.partition_indexes.emplace_back(partition);
  auto answer = co_await client->call(broker, std::move(request), 8, Client::kTimeout);
  if (!answer) co_return std::nullopt;
  const auto& body = answer->body.groups.at(0);
  Committed committed{body.error_code, {}};
  if (committed.error != ErrorCode::kNone) co_return committed;
  for (const auto& one : body.topics.at(0).partitions) {
    if (committed.error == ErrorCode::kNone) committed.error = one.error_code;
    committed.offsets[one.partition_index.value] = one.committed_offset.value;
  }
  co_return committed;
}

}  // namespace barnabas::simtest
