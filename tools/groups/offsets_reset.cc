#include "tools/groups/offsets_reset.h"

#include <fmt/format.h>

#include "tools/groups/groups_command.h"
#include "tools/groups/leader_offsets.h"
#include "tools/groups/reset_file.h"
#include "tools/groups/reset_plan.h"
#include "tools/groups/reset_times.h"
#include "tools/java_log.h"
#include "tools/java_order.h"
#include "tools/json_file.h"

namespace barnabas::tools {
namespace {

// The one group of a command line that names just one.
std::optional<std::string> only_group(const Arguments& arguments) {
  const auto groups = arguments.texts("group");
  return groups.size() == 1 ? std::optional(groups.front()) : std::nullopt;
}

std::vector<TopicPartition> keys(const PartitionOffsets& offsets) {
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, offset] : offsets) partitions.push_back(partition);
  return partitions;
}

}  // namespace

env::Task<GroupsResult<>> OffsetsReset::run() {
  auto groups = co_await named_groups(&cluster_, &arguments_);
  if (!groups) co_return std::unexpected(groups.error());
  ResetOffsets offsets;
  for (auto& group : in_java_order(in_java_order(std::move(*groups)), {}, kBucketsToMeasure)) {
    auto of_group = co_await reset(group);
    if (!of_group) co_return std::unexpected(of_group.error());
    offsets.emplace_back(std::move(group), std::move(*of_group));
  }
  offsets = in_java_order(std::move(offsets), &ResetOffsets::value_type::first);
  console_.out << (arguments_.has("export") ? show_reset_lines(offsets, !only_group(arguments_))
                                            : show_reset(offsets));
  co_return GroupsResult<>{};
}

env::Task<OffsetsReset::Offsets> OffsetsReset::reset(std::string group) {
  const auto found = co_await cluster_.describe(group);
  if (!found) co_return fails(wrapped(found.error()));
  if (found->state != "Empty" && found->state != "Dead") {
    print_group_error(fmt::format("Assignments can only be reset if the group '{}' is inactive, "
                                  "but the current state is {}.",
                                  group, found->state),
                      console_);
    co_return PartitionOffsets{};
  }
  auto offsets = co_await reset_inactive(std::move(group));
  co_return offsets;
}

env::Task<OffsetsReset::Offsets> OffsetsReset::reset_inactive(std::string group) {
  auto partitions = co_await scope(group);
  if (!partitions) co_return std::unexpected(partitions.error());
  const auto distinct = check_distinct(*partitions);
  if (!distinct) co_return fails(distinct.error());
  auto offsets = co_await target(group, std::move(*partitions));
  if (!offsets || !arguments_.has("execute")) co_return offsets;
  const auto set = co_await cluster_.commit(group, *offsets);
  if (!set) co_return fails(wrapped(set.error()));
  co_return offsets;
}

env::Task<GroupsResult<OffsetsReset::Partitions>> OffsetsReset::scope(std::string group) {
  if (arguments_.has("all-topics")) {
    const auto committed = co_await cluster_.committed(group);
    if (!committed) co_return fails(wrapped(committed.error()));
    co_return keys(*committed);
  }
  if (!arguments_.has("topic")) {
    if (arguments_.has("from-file")) co_return Partitions{};
    co_return wrong_usage("One of the reset scopes should be defined: --all-topics, --topic.");
  }
  const auto named = parse_topic_scope(arguments_.texts("topic"));
  if (!named) co_return wrong_usage(named.error());
  Partitions partitions = named->partitions;
  for (const auto& topic : named->topics) {
    const auto found = co_await cluster_.partitions_of(topic);
    if (!found) co_return fails(wrapped(found.error()));
    partitions.insert(partitions.end(), found->begin(), found->end());
  }
  co_return partitions;
}

env::Task<OffsetsReset::Offsets> OffsetsReset::target(std::string group, Partitions partitions) {
  Offsets offsets;
  if (arguments_.has("to-offset")) {
    offsets = co_await to_offset(std::move(partitions));
  } else if (arguments_.has("to-earliest")) {
    offsets = co_await to_log_offset(std::move(partitions), kEarliest);
  } else if (arguments_.has("to-latest")) {
    offsets = co_await to_log_offset(std::move(partitions), kLatest);
  } else if (arguments_.has("shift-by")) {
    offsets = co_await to_shifted(std::move(group), std::move(partitions));
  } else if (arguments_.has("to-datetime") || arguments_.has("by-duration")) {
    const auto time = target_time();
    if (!time) co_return std::unexpected(time.error());
    offsets = co_await to_time(std::move(partitions), *time);
  } else if (arguments_.has("from-file")) {
    offsets = co_await to_file(std::move(group));
  } else if (arguments_.has("to-current")) {
    offsets = co_await to_current(std::move(group), std::move(partitions));
  } else {
    offsets = wrong_usage(
        "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], "
        "[to-current], [to-datetime], [from-file], [by-duration], [to-earliest], [to-latest], "
        "[shift-by]]");
  }
  co_return offsets;
}

GroupsResult<env::WallTime> OffsetsReset::target_time() const {
  if (const auto text = arguments_.text("to-datetime")) {
    const auto time = parse_datetime(*text);
    if (!time) return fails(time.error());
    return *time;
  }
  const auto duration = parse_duration(*arguments_.text("by-duration"));
  if (!duration) return fails(duration.error());
  return clock_.wall() - *duration;
}

env::Task<OffsetsReset::Offsets> OffsetsReset::to_log_offset(Partitions partitions, Timestamp at) {
  auto offsets = co_await cluster_.offsets_at(std::move(partitions), at);
  if (!offsets) co_return fails(wrapped(offsets.error()));
  co_return std::move(*offsets);
}

env::Task<OffsetsReset::Offsets> OffsetsReset::to_time(Partitions partitions, env::WallTime time) {
  const Timestamp at(time.count());
  auto offsets = co_await to_log_offset(std::move(partitions), at);
  if (!offsets) co_return offsets;
  Partitions without;
  for (const auto& partition : in_java_order(keys(*offsets))) {
    if (offsets->at(partition) != kNoOffset) continue;
    console_.out << fmt::format(
        "\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.\n",
        partition.partition.value, partition.topic);
    without.push_back(partition);
  }
  const auto ends = co_await to_log_offset(std::move(without), kLatest);
  if (!ends) co_return ends;
  for (const auto& [partition, end] : *ends) (*offsets)[partition] = end;
  co_return offsets;
}

env::Task<OffsetsReset::Offsets> OffsetsReset::to_offset(Partitions partitions) {
  const auto offset = arguments_.wide_number("to-offset");
  if (!offset) co_return fails(offset.error());
  PartitionOffsets wanted;
  for (const auto& partition : partitions) wanted[partition] = Offset(**offset);
  auto offsets = co_await within_logs(std::move(wanted));
  co_return offsets;
}

env::Task<OffsetsReset::Offsets> OffsetsReset::to_current(std::string group,
                                                          Partitions partitions) {
  const auto committed = co_await cluster_.committed(std::move(group));
  if (!committed) co_return fails(wrapped(committed.error()));
  PartitionOffsets offsets;
  Partitions without;
  for (const auto& partition : partitions) {
    const auto it = committed->find(partition);
    if (it == committed->end()) {
      without.push_back(partition);
    } else {
      offsets[partition] = it->second;
    }
  }
  const auto ends = co_await to_log_offset(std::move(without), kLatest);
  if (!ends) co_return ends;
  offsets.insert(ends->begin(), ends->end());
  co_return offsets;
}

env::Task<OffsetsReset::Offsets> OffsetsReset::to_shifted(std::string group,
                                                          Partitions partitions) {
  const auto by = arguments_.wide_number("shift-by");
  if (!by) co_return fails(by.error());
  const auto committed = co_await cluster_.committed(std::move(group));
  if (!committed) co_return fails(wrapped(committed.error()));
  auto wanted = shifted(partitions, *committed, **by);
  if (!wanted) co_return wrong_usage(wanted.error());
  auto offsets = co_await within_logs(std::move(*wanted));
  co_return offsets;
}

env::Task<OffsetsReset::Offsets> OffsetsReset::to_file(std::string group) {
  const auto path = *arguments_.text("from-file");
  const auto text = read_file(path);
  if (!text) co_return fails("java.io.IOException: " + text.error());
  auto plan = parse_reset_file(*text, only_group(arguments_));
  if (!plan) co_return fails(plan.error());
  const auto of_group = plan->find(group);
  if (of_group == plan->end()) {
    print_group_error(fmt::format("No reset plan for group {} found", group), console_);
    co_return PartitionOffsets{};
  }
  auto offsets = co_await within_logs(std::move(of_group->second));
  co_return offsets;
}

env::Task<OffsetsReset::Offsets> OffsetsReset::within_logs(PartitionOffsets wanted) {
  auto partitions = keys(wanted);
  const auto earliest = co_await to_log_offset(partitions, kEarliest);
  if (!earliest) co_return earliest;
  const auto latest = co_await to_log_offset(std::move(partitions), kLatest);
  if (!latest) co_return latest;
  auto result = confined(wanted, *earliest, *latest);
  JavaLog log(console_.err, "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand");
  for (const auto& warning : result.warnings) log.warn(warning);
  co_return std::move(result.offsets);
}

}  // namespace barnabas::tools
