#include "tools/groups/groups_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "tools/groups/groups_options.h"
#include "tools/groups/leader_offsets.h"
#include "tools/java_order.h"

namespace barnabas::tools {
namespace {

// What --delete-offsets says of the whole.
std::string verdict(ErrorCode code, const std::string& group) {
  switch (code) {
    case ErrorCode::kInvalidGroupId: return fmt::format("'{}' is not valid.", group);
    case ErrorCode::kGroupIdNotFound: return fmt::format("'{}' does not exist.", group);
    case ErrorCode::kGroupAuthorizationFailed:
      return fmt::format("Access to '{}' is not authorized.", group);
    case ErrorCode::kNonEmptyGroup:
      return fmt::format(
          "Deleting offsets of a consumer group '{}' is forbidden if the group is not empty.",
          group);
    case ErrorCode::kGroupSubscribedToTopic:
    case ErrorCode::kTopicAuthorizationFailed:
    case ErrorCode::kUnknownTopicOrPartition:
      return "Encounter some partition level error, see the follow-up details:";
    default: return fmt::format("Encounter some unknown error: {}", name(code));
  }
}

// The first error there is, of all or of a partition.
ErrorCode first_error(const DeletedOffsets& deleted) {
  if (deleted.code != ErrorCode::kNone) return deleted.code;
  for (const auto& [partition, code] : deleted.partitions) {
    if (code != ErrorCode::kNone) return code;
  }
  return ErrorCode::kNone;
}

}  // namespace

void print_group_error(std::string_view text, Console console) {
  console.out << "\nError: " << text << '\n';
}

env::Task<GroupsResult<std::vector<std::string>>> named_groups(GroupsCluster* cluster,
                                                               const Arguments* arguments) {
  std::vector<std::string> groups;
  if (!arguments->has("all-groups")) {
    std::set<std::string> seen;
    for (const auto& group : arguments->texts("group")) {
      if (seen.insert(group).second) groups.push_back(group);
    }
    co_return groups;
  }
  const std::vector<std::string> any;
  const auto listings = co_await cluster->list(any, any);
  if (!listings) co_return fails(wrapped(listings.error()));
  for (const auto& listing : *listings) groups.push_back(listing.id);
  co_return groups;
}

env::Task<GroupsResult<>> GroupsCommand::list() {
  const auto types = type_filter(arguments_);
  if (!types) co_return std::unexpected(types.error());
  const auto states = state_filter(arguments_);
  if (!states) co_return std::unexpected(states.error());
  const auto listings = co_await cluster_.list(*states, *types);
  if (!listings) co_return fails(wrapped(listings.error()));
  const bool with_types = arguments_.has("type"), with_states = arguments_.has("state");
  if (with_types || with_states) {
    console_.out << show_listings(*listings, with_types, with_states);
  } else {
    for (const auto& listing : *listings) console_.out << listing.id << '\n';
  }
  co_return GroupsResult<>{};
}

env::Task<GroupsResult<>> GroupsCommand::describe() {
  auto names = co_await named_groups(&cluster_, &arguments_);
  if (!names) co_return std::unexpected(names.error());
  std::ranges::sort(*names);
  std::vector<GroupDescription> groups;
  for (const auto& name : *names) {
    auto group = co_await cluster_.describe(name);
    if (!group) co_return fails(group.error().text);
    groups.push_back(std::move(*group));
  }
  if (!arguments_.has("members") && !arguments_.has("state")) {
    const auto shown = co_await show_offsets_of(std::move(groups));
    co_return shown;
  }
  for (const auto& group : groups) {
    if (arguments_.has("members")) {
      announce(group, group.members.size());
      console_.out << show_members(group.id, group.members, arguments_.has("verbose"));
    } else if (announce(group, 1)) {
      console_.out << show_state(group);
    }
  }
  co_return GroupsResult<>{};
}

env::Task<GroupsResult<>> GroupsCommand::show_offsets_of(std::vector<GroupDescription> groups) {
  std::vector<Rows> rows;
  for (const auto& group : groups) {
    auto of_group = co_await rows_of(group);
    if (!of_group) co_return std::unexpected(of_group.error());
    rows.push_back(std::move(*of_group));
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (announce(groups[i], rows[i].size())) console_.out << show_offsets(groups[i].id, rows[i]);
  }
  co_return GroupsResult<>{};
}

env::Task<GroupsResult<GroupsCommand::Rows>> GroupsCommand::rows_of(GroupDescription group) {
  auto committed = co_await cluster_.committed(group.id);
  if (!committed) co_return fails(wrapped(committed.error()));
  std::multimap<std::size_t, GroupMember, std::greater<>> members;
  for (auto& member : group.members) members.emplace(member.assigned.size(), std::move(member));
  Rows rows;
  std::set<TopicPartition> assigned;
  for (const auto& [count, member] : members) {
    const OffsetRow common{{}, {}, {}, member.id, member.host, member.client};
    auto of_member = co_await rows_of_partitions(member.assigned, *committed, common);
    if (!of_member) co_return of_member;
    std::ranges::move(*of_member, std::back_inserter(rows));
    assigned.insert(member.assigned.begin(), member.assigned.end());
  }
  std::vector<TopicPartition> unassigned;
  for (const auto& [partition, offset] : *committed) {
    if (!assigned.contains(partition)) unassigned.push_back(partition);
  }
  const OffsetRow nobody;
  auto others = co_await rows_of_partitions(unassigned, *committed, nobody);
  if (!others) co_return others;
  std::ranges::move(*others, std::back_inserter(rows));
  co_return rows;
}

env::Task<GroupsResult<GroupsCommand::Rows>> GroupsCommand::rows_of_partitions(
    std::vector<TopicPartition> partitions, PartitionOffsets committed, OffsetRow common) {
  const auto ends = co_await cluster_.offsets_at(partitions, kLatest);
  if (!ends) co_return fails(wrapped(ends.error()));
  std::ranges::sort(partitions, {},
                    [](const TopicPartition& at) { return std::tie(at.partition, at.topic); });
  Rows rows;
  for (auto& partition : in_java_order(std::move(partitions))) {
    OffsetRow& row = rows.emplace_back(common);
    const auto it = committed.find(partition);
    if (it != committed.end()) row.committed = it->second;
    row.end = ends->at(partition);
    row.partition = std::move(partition);
  }
  co_return rows;
}

bool GroupsCommand::announce(const GroupDescription& group, std::size_t rows) const {
  if (group.state == "Dead") {
    print_group_error(fmt::format("Consumer group '{}' does not exist.", group.id), console_);
    return false;
  }
  if (group.state == "Empty") {
    console_.err << fmt::format("\nConsumer group '{}' has no active members.\n", group.id);
  } else if (group.state != "Stable") {
    console_.err << fmt::format("\nWarning: Consumer group '{}' is rebalancing.\n", group.id);
  }
  return rows > 0;
}

env::Task<GroupsResult<>> GroupsCommand::remove() {
  const auto groups = co_await named_groups(&cluster_, &arguments_);
  if (!groups) co_return std::unexpected(groups.error());
  std::vector<std::string> deleted;
  std::vector<std::pair<std::string, std::string>> failed;
  for (const auto& group : *groups) {
    const auto removed = co_await cluster_.remove(group);
    if (removed) {
      deleted.push_back(group);
    } else {
      failed.emplace_back(group, wrapped(removed.error()));
    }
  }
  deleted = in_java_order(std::move(deleted));
  if (failed.empty()) {
    console_.out << fmt::format("Deletion of requested consumer groups ('{}') was successful.\n",
                                fmt::join(deleted, ", "));
    co_return GroupsResult<>{};
  }
  print_group_error("Deletion of some consumer groups failed:", console_);
  for (const auto& [group, why] :
       in_java_order(std::move(failed), &std::pair<std::string, std::string>::first)) {
    console_.out << fmt::format("* Group '{}' could not be deleted due to: {}\n", group, why);
  }
  if (!deleted.empty()) {
    console_.out << fmt::format("\nThese consumer groups were deleted successfully: '{}', '\n",
                                fmt::join(deleted, "'"));
  }
  co_return GroupsResult<>{};
}

env::Task<GroupsResult<std::vector<TopicPartition>>> GroupsCommand::partitions_to_delete(
    std::vector<DeletedRow>* unknown) {
  const auto scope = parse_topic_scope(arguments_.texts("topic"));
  if (!scope) co_return wrong_usage(scope.error());
  std::set<TopicPartition> partitions(scope->partitions.begin(), scope->partitions.end());
  for (const auto& topic : scope->topics) {
    const auto found = co_await cluster_.partitions_of(topic);
    if (found) {
      partitions.insert(found->begin(), found->end());
    } else {
      unknown->push_back({{topic, PartitionIndex(-1)}, found.error().text});
    }
  }
  co_return std::vector(partitions.begin(), partitions.end());
}

env::Task<GroupsResult<>> GroupsCommand::delete_offsets() {
  if (arguments_.texts("group").size() > 1) {
    co_return fails("Found multiple arguments for option group, but you asked for only one");
  }
  const auto group = *arguments_.text("group");
  std::vector<DeletedRow> rows;
  const auto partitions = co_await partitions_to_delete(&rows);
  if (!partitions) co_return std::unexpected(partitions.error());
  const auto deleted = co_await cluster_.delete_offsets(group, *partitions);
  const auto error = deleted ? first_error(*deleted) : deleted.error().code;
  const auto topics = arguments_.texts("topic");
  if (error == ErrorCode::kNone) {
    console_.out << fmt::format("Request succeed for deleting offsets with topic {} group {}\n",
                                fmt::join(topics, ", "), group);
  } else {
    print_group_error(verdict(error, group), console_);
  }
  for (const auto& partition : *partitions) {
    const auto code = deleted ? deleted->partitions.at(partition) : ErrorCode::kNone;
    const auto text = code == ErrorCode::kNone ? std::string() : exception_text(code);
    rows.push_back({partition, deleted ? text : deleted.error().text});
  }
  console_.out << show_deleted(std::move(rows));
  co_return GroupsResult<>{};
}

}  // namespace barnabas::tools
