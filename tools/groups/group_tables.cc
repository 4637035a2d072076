#include "tools/groups/group_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "tools/groups/reset_file.h"
#include "tools/java_order.h"

namespace barnabas::tools {
namespace {

constexpr std::size_t kColumn = 15;

std::string show(const std::optional<Offset>& offset) {
  return offset ? fmt::format("{}", offset->value) : "-";
}

std::string show_lag(const OffsetRow& row) {
  return row.committed && row.end ? fmt::format("{}", *row.end - *row.committed) : "-";
}

void widen(std::size_t& width, const std::string& text) { width = std::max(width, text.size()); }

// Of each topic the partitions, without the topic: "(0,1), (2)"; sorted as texts.
std::string show_assignment(const std::vector<TopicPartition>& partitions) {
  if (partitions.empty()) return "-";
  std::map<std::string, std::vector<std::string>> indexes;
  for (const auto& partition : partitions) {
    indexes[partition.topic].push_back(fmt::format("{}", partition.partition.value));
  }
  std::vector<std::string> topics;
  for (auto& [topic, numbers] : indexes) {
    std::ranges::sort(numbers);
    topics.push_back(fmt::format("({})", fmt::join(numbers, ",")));
  }
  std::ranges::sort(topics);
  return fmt::format("{}", fmt::join(topics, ", "));
}

// The offsets of a reset, one after the other.
template <class Take>
void for_each_offset(const ResetOffsets& offsets, Take take) {
  for (const auto& [group, partitions] : offsets) {
    std::vector<TopicPartition> keys;
    for (const auto& [partition, offset] : partitions) keys.push_back(partition);
    for (const auto& partition : in_java_order(std::move(keys))) {
      take(group, partition, partitions.at(partition));
    }
  }
}

}  // namespace

std::string show_listings(const std::vector<GroupListing>& listings, bool types, bool states) {
  std::size_t width = kColumn;
  for (const auto& listing : listings) widen(width, listing.id);
  width += 10;
  std::string text;
  const auto line = [&](std::string_view group, std::string_view type, std::string_view state) {
    text += fmt::format("{:<{}}", group, width);
    if (types) text += fmt::format(" {:<20}", type);
    if (states) text += fmt::format(" {:<20}", state);
    text += '\n';
  };
  line("GROUP", "TYPE", "STATE");
  for (const auto& listing : listings) line(listing.id, listing.type, listing.state);
  return text;
}

std::string show_offsets(const std::string& group, const std::vector<OffsetRow>& rows) {
  std::size_t group_width = std::max(kColumn, group.size());
  std::size_t topic_width = kColumn, consumer_width = kColumn, host_width = kColumn;
  for (const auto& row : rows) {
    widen(topic_width, row.partition.topic);
    widen(consumer_width, row.consumer);
    widen(host_width, row.host);
  }
  std::string text;
  const auto line = [&](const auto&... cells) {
    const std::array<std::size_t, 9> widths{group_width, topic_width,    10,         15, 15,
                                            15,          consumer_width, host_width, 0};
    const std::array<std::string, 9> words{cells...};
    text += '\n';
    for (std::size_t i = 0; i < words.size(); ++i) {
      text += fmt::format("{}{:<{}}", i == 0 ? "" : " ", words[i], widths[i]);
    }
  };
  line("GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID",
       "HOST", "CLIENT-ID");
  for (const auto& row : rows) {
    line(group, row.partition.topic, fmt::format("{}", row.partition.partition.value),
         show(row.committed), show(row.end), show_lag(row), row.consumer, row.host, row.client);
  }
  return text;
}

std::string show_members(const std::string& group, const std::vector<GroupMember>& members,
                         bool verbose) {
  std::size_t id_width = kColumn, instance_width = 17, host_width = kColumn, client_width = kColumn;
  bool instances = false;
  for (const auto& member : members) {
    widen(id_width, member.id);
    widen(instance_width, member.instance);
    widen(host_width, member.host);
    widen(client_width, member.client);
    instances = instances || !member.instance.empty();
  }
  const auto group_width = members.empty() ? kColumn : std::max(kColumn, group.size());
  std::string text = "\n";
  const auto line = [&](std::string_view first, const GroupMember& member, std::string_view count,
                        std::string_view assignment) {
    text += fmt::format("{:<{}} {:<{}} ", first, group_width, member.id, id_width);
    if (instances) text += fmt::format("{:<{}} ", member.instance, instance_width);
    text += fmt::format("{:<{}} {:<{}} {:<15} ", member.host, host_width, member.client,
                        client_width, count);
    if (verbose) text += assignment;
    text += '\n';
  };
  line("GROUP", {"CONSUMER-ID", "GROUP-INSTANCE-ID", "CLIENT-ID", "HOST", {}}, "#PARTITIONS",
       "ASSIGNMENT");
  for (const auto& member : members) {
    line(group, member, fmt::format("{}", member.assigned.size()),
         show_assignment(member.assigned));
  }
  return text;
}

std::string show_state(const GroupDescription& group) {
  const auto width = std::max<std::size_t>(25, group.coordinator.size());
  std::string text;
  const auto line = [&](std::string_view id, std::string_view coordinator,
                        std::string_view assignor, std::string_view state,
                        std::string_view members) {
    text += fmt::format("\n{:<{}} {:<25} {:<20} {:<15} {}", id, width, coordinator, assignor, state,
                        members);
  };
  line("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS");
  line(group.id, group.coordinator, group.assignor, group.state,
       fmt::format("{}", group.members.size()));
  return text + '\n';
}

std::string show_reset(const ResetOffsets& offsets) {
  if (offsets.empty()) return "";
  std::string text = "\n";
  const auto line = [&](const auto&... cells) {
    text += fmt::format("{:<30} {:<30} {:<10} {:<15}", cells...);
  };
  line("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET");
  for_each_offset(offsets, [&](const std::string& group, const TopicPartition& at, Offset offset) {
    line(group, at.topic, fmt::format("{}", at.partition.value), fmt::format("{}", offset.value));
  });
  return text;
}

std::string show_reset_lines(const ResetOffsets& offsets, bool with_group) {
  std::string text;
  for_each_offset(offsets, [&](const std::string& group, const TopicPartition& at, Offset offset) {
    text += with_group ? reset_file_line(group, at, offset) : reset_file_line(at, offset);
  });
  return text + '\n';
}

std::string show_deleted(std::vector<DeletedRow> rows) {
  std::ranges::sort(rows, {}, [](const DeletedRow& row) {
    return fmt::format("{}{}", row.partition.topic, row.partition.partition.value);
  });
  std::string text = "\n";
  const auto line = [&](const auto&... cells) {
    text += fmt::format("{:<30} {:<15} {:<15}", cells...);
  };
  line("TOPIC", "PARTITION", "STATUS");
  for (const auto& [partition, error] : rows) {
    const auto index = partition.partition;
    line(partition.topic,
         index < PartitionIndex(0) ? "Not Provided" : fmt::format("{}", index.value),
         error.empty() ? "Successful" : "Error: :" + error);
  }
  return text;
}

}  // namespace barnabas::tools
