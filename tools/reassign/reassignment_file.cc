#include "tools/reassign/reassignment_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace barnabas::tools {
namespace {

namespace json = boost::json;

constexpr std::string_view kAnyDirectory = "any";
constexpr std::string_view kNotJson = "The input string is not a valid JSON";

// The entries of a document's list; none where there is no list.
Parsed<std::vector<JsonView>> entries_of(JsonView document, std::string_view name) {
  if (auto version = check_version(document); !version) return std::unexpected(version.error());
  return then(document.maybe_field(name), [](const std::optional<JsonView>& found) {
    return found ? found->items() : Parsed<std::vector<JsonView>>{};
  });
}

// Each item of a list, as `read` reads it.
template <class T, class Read>
Parsed<std::vector<T>> read_all(const Parsed<std::vector<JsonView>>& items, Read read) {
  if (!items) return std::unexpected(items.error());
  std::vector<T> values;
  for (const auto& item : *items) {
    auto value = read(item);
    if (!value) return std::unexpected(value.error());
    values.push_back(T(std::move(*value)));
  }
  return values;
}

Parsed<std::vector<std::string>> directories_of(JsonView entry, std::size_t replicas) {
  const auto field = entry.maybe_field("log_dirs");
  if (!field) return std::unexpected(field.error());
  if (!*field) return std::vector<std::string>(replicas, std::string(kAnyDirectory));
  return read_all<std::string>((*field)->items(), [](JsonView item) { return item.text(); });
}

std::vector<std::string> words(const Replicas& replicas) {
  std::vector<std::string> numbers;
  for (const auto id : replicas) numbers.push_back(std::to_string(id.value));
  return numbers;
}

Parsed<void> add_entry(Reassignment& reassignment, JsonView entry) {
  const auto topic = entry.text("topic");
  if (!topic) return std::unexpected(topic.error());
  const auto index = entry.int32("partition");
  if (!index) return std::unexpected(index.error());
  const auto listed = then(entry.field("replicas"), [](JsonView list) { return list.items(); });
  const auto replicas = read_all<BrokerId>(listed, [](JsonView item) { return item.int32(); });
  if (!replicas) return std::unexpected(replicas.error());
  const auto directories = directories_of(entry, replicas->size());
  if (!directories) return std::unexpected(directories.error());
  const TopicPartition partition{*topic, PartitionIndex(*index)};
  if (directories->size() != replicas->size()) {
    return std::unexpected(fmt::format(
        "Size of replicas list {} is different from size of log dirs list {} for partition {}",
        show_list(words(*replicas)), show_list(*directories), to_string(partition)));
  }
  reassignment.partitions.emplace_back(partition, *replicas);
  for (std::size_t i = 0; i < replicas->size(); ++i) {
    const auto& directory = (*directories)[i];
    if (directory == kAnyDirectory) continue;
    reassignment.directories[{(*replicas)[i], partition}] = directory;
  }
  return {};
}

// What stands more than once, each named once, in order.
template <class T>
std::set<T> repeated(const std::vector<T>& items) {
  std::set<T> seen, again;
  for (const auto& item : items) {
    if (!seen.insert(item).second) again.insert(item);
  }
  return again;
}

}  // namespace

std::string to_string(const ReplicaOf& replica) {
  return fmt::format("{}-{}", to_string(replica.partition), replica.broker.value);
}

std::string show_list(const std::vector<std::string>& words) {
  return fmt::format("[{}]", fmt::join(words, ", "));
}

Parsed<Reassignment> parse_reassignment(const std::string& text) {
  const auto document = parse_json(text);
  if (!document) return std::unexpected(std::string(kNotJson));
  const auto entries = entries_of(JsonView(*document), "partitions");
  if (!entries) return std::unexpected(entries.error());
  Reassignment reassignment;
  for (const auto& entry : *entries) {
    if (auto added = add_entry(reassignment, entry); !added) {
      return std::unexpected(added.error());
    }
  }
  return reassignment;
}

Parsed<void> check_executable(const Reassignment& reassignment) {
  if (reassignment.partitions.empty()) {
    return std::unexpected("Partition reassignment list cannot be empty");
  }
  std::vector<std::string> names, twice_in_list;
  for (const auto& [partition, replicas] : reassignment.partitions) {
    if (replicas.empty()) return std::unexpected("Partition replica list cannot be empty");
    names.push_back(to_string(partition));
    const auto again = repeated(words(replicas));
    if (again.empty()) continue;
    twice_in_list.push_back(
        fmt::format("{} contains multiple entries for {}", names.back(), fmt::join(again, ",")));
  }
  if (const auto again = repeated(names); !again.empty()) {
    return std::unexpected(fmt::format(
        "Partition reassignment contains duplicate topic partitions: {}", fmt::join(again, ",")));
  }
  if (twice_in_list.empty()) return {};
  return std::unexpected(
      fmt::format("Partition replica lists may not contain duplicate entries: {}",
                  fmt::join(twice_in_list, ". ")));
}

Parsed<std::vector<std::string>> parse_topics_to_move(const std::string& text) {
  const auto document = parse_json(text);
  if (!document) return std::unexpected(std::string(kNotJson));
  const auto entries = entries_of(JsonView(*document), "topics");
  auto topics = read_all<std::string>(entries, [](JsonView entry) { return entry.text("topic"); });
  if (!topics) return topics;
  const auto again = repeated(*topics);
  if (again.empty()) return topics;
  return std::unexpected(
      fmt::format("List of topics to reassign contains duplicate entries: {}",
                  show_list(std::vector<std::string>(again.begin(), again.end()))));
}

std::string show_assignments(const Assignments& assignments) {
  json::array partitions;
  for (const auto& [partition, replicas] : assignments) {
    json::array ids, directories;
    for (const auto id : replicas) {
      ids.push_back(id.value);
      directories.push_back(json::string(kAnyDirectory));
    }
    partitions.push_back({{"topic", partition.topic},
                          {"partition", partition.partition.value},
                          {"replicas", std::move(ids)},
                          {"log_dirs", std::move(directories)}});
  }
  return json::serialize(json::object{{"version", 1}, {"partitions", std::move(partitions)}});
}

}  // namespace barnabas::tools
