#include "tests/sim/group_onlooker.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <numeric>
#include <set>
#include <vector>

#include "protocol/messages/describe_groups.h"
#include "tests/sim/group_calls.h"

namespace barnabas::simtest {

using env::Task;

namespace {

std::vector<int> all_partitions() {
  std::vector<int> all(kReadPartitions);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::string in_words(const std::string& state, const std::set<std::string>& members) {
  return fmt::format("{} with {}", state, fmt::join(members, ", "));
}

}  // namespace

void GroupOnlooker::await_stable() {
  for (const std::string& group : crowd_->groups()) crew_.spawn("watch " + group, watch(group));
}

void GroupOnlooker::compare_offsets() {
  for (const std::string& group : crowd_->groups()) crew_.spawn("compare " + group, compare(group));
}

// What the coordinator has to say; empty while the members themselves are not all at work, in one
// generation, with every partition between them.
std::string GroupOnlooker::expected(const std::string& group) const {
  std::set<std::string> ids;
  std::set<int> generations;
  std::multiset<int> owned;
  for (const GroupMember* member : crowd_->members(group)) {
    if (!member->is_at_work()) return "";
    ids.insert(member->member_id());
    generations.insert(member->generation());
    owned.insert(member->partitions().begin(), member->partitions().end());
  }
  const auto all = all_partitions();
  const bool is_whole = generations.size() == 1 && std::ranges::equal(owned, all);
  return is_whole ? in_words("Stable", ids) : "";
}

Task<void> GroupOnlooker::watch(std::string group) {
  Client client(cluster_, "onlooker of " + group, 1, report_);
  for (bool is_stable = false; !is_stable;) {
    co_await client.pause(200);
    auto described = co_await describe(&client, group);
    is_stable = described == expected(group);
    seen_[group] = std::move(described);
  }
  cluster_->world().record(group + " is " + seen_[group]);
}

Task<std::string> GroupOnlooker::describe(Client* client, std::string group) {
  const auto coordinator = co_await find_coordinator(client, group);
  if (!coordinator) co_return "without a coordinator";
  protocol::DescribeGroupsRequest request;
  request.groups = {group};
  auto answer = co_await client->call(*coordinator, std::move(request), 5, Client::kTimeout);
  if (!answer) co_return answer.error();
  const auto& one = answer->body.groups.at(0);
  if (one.error_code != ErrorCode::kNone) co_return std::string(name(one.error_code));
  std::set<std::string> members;
  for (const auto& member : one.members) members.insert(member.member_id);
  co_return in_words(one.group_state, members);
}

Task<void> GroupOnlooker::compare(std::string group) {
  Client client(cluster_, "onlooker of " + group, 1, report_);
  std::optional<Committed> committed;
  while (!committed || committed->error != ErrorCode::kNone) {
    co_await client.pause(200);
    const auto coordinator = co_await find_coordinator(&client, group);
    if (!coordinator) continue;
    committed = co_await fetch_committed(&client, *coordinator, group, all_partitions());
  }
  for (const auto& [partition, offset] : committed->offsets) {
    if (offset == crowd_->stream().end()) continue;
    report_(fmt::format("{} has committed {} in {}, not the end, {}", group, offset, partition,
                        crowd_->stream().end()));
  }
}

std::string GroupOnlooker::last_seen() const {
  std::string all;
  for (const auto& [group, seen] : seen_) all += fmt::format("; {} is {}", group, seen);
  return all;
}

}  // namespace barnabas::simtest
