#include "tools/admin/leader_election_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace barnabas::tools {
namespace {

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

Parsed<void> check(const Arguments& arguments) {
  std::vector<std::string_view> missing;
  for (const std::string_view name : {"bootstrap-server", "election-type"}) {
    if (!arguments.has(name)) missing.push_back(name);
  }
  if (!missing.empty()) {
    return std::unexpected(fmt::format("Missing required option(s): {}", fmt::join(missing, ", ")));
  }
  constexpr std::array<std::string_view, 3> kChoices{"topic", "all-topic-partitions",
                                                     "path-to-json-file"};
  if (std::ranges::count_if(kChoices, [&](auto name) { return arguments.has(name); }) != 1) {
    return std::unexpected(fmt::format("One and only one of the following options is required: {}",
                                       fmt::join(kChoices, ", ")));
  }
  if (arguments.has("topic") && !arguments.has("partition")) {
    return std::unexpected("Missing required option(s): partition");
  }
  if (arguments.has("partition") && !arguments.has("topic")) {
    return std::unexpected("Option partition is only allowed if topic is used");
  }
  return {};
}

Parsed<ElectionType> election_type(const std::string& text) {
  for (const auto type : {ElectionType::kPreferred, ElectionType::kUnclean}) {
    if (upper(text) == name(type)) return type;
  }
  return std::unexpected(fmt::format("Cannot parse argument '{}' of option election-type", text));
}

Parsed<TopicPartition> parse_partition(JsonView entry) {
  const auto topic = entry.text("topic");
  if (!topic) return std::unexpected(topic.error());
  const auto partition = entry.int32("partition");
  if (!partition) return std::unexpected(partition.error());
  return TopicPartition{*topic, PartitionIndex(*partition)};
}

}  // namespace

std::string_view name(ElectionType type) {
  return type == ElectionType::kPreferred ? "PREFERRED" : "UNCLEAN";
}

Options leader_election_options() {
  Options options(
      "This tool attempts to elect a new leader for a set of topic partitions. The type of "
      "elections supported are preferred replicas and unclean replicas.");
  options.help_and_version()
      .value("bootstrap-server", "String: host:port", "REQUIRED: One or more brokers, with commas.")
      .value("admin.config", "String: config file", "Settings of the client.")
      .value("election-type", "",
             "REQUIRED: preferred (the first replica, if it is in sync) or "
             "unclean (any replica that lives, if none in sync does; may lose records).")
      .value("topic", "String: topic name", "The topic of the one partition to elect for.")
      .value("partition", "Integer: partition id", "Its index.")
      .flag("all-topic-partitions", "Elect for every partition that needs it.")
      .value("path-to-json-file", "String: Path to JSON file",
             "The partitions: {\"partitions\":[{\"topic\":\"t\",\"partition\":1}]}.");
  return options;
}

Parsed<std::vector<TopicPartition>> parse_election_file(const std::string& text) {
  const auto document = parse_json(text);
  if (!document) return std::unexpected("Replica election data is empty");
  const auto field = JsonView(*document).maybe_field("partitions");
  if (!field) return std::unexpected(field.error());
  if (!*field) {
    return std::unexpected("Replica election data is missing \"partitions\" field");
  }
  const auto entries = (*field)->items();
  if (!entries) return std::unexpected(entries.error());
  std::vector<TopicPartition> partitions;
  std::set<TopicPartition> seen;
  std::set<std::string> twice;
  for (const auto& entry : *entries) {
    auto partition = parse_partition(entry);
    if (!partition) return std::unexpected(partition.error());
    if (!seen.insert(*partition).second) twice.insert(to_string(*partition));
    partitions.push_back(std::move(*partition));
  }
  if (twice.empty()) return partitions;
  return std::unexpected(fmt::format("Replica election data contains duplicate partitions: [{}]",
                                     fmt::join(twice, ", ")));
}

Parsed<ElectionOrder> election_order(const Arguments& arguments) {
  if (auto checked = check(arguments); !checked) return std::unexpected(checked.error());
  const auto type = election_type(*arguments.text("election-type"));
  if (!type) return std::unexpected(type.error());
  ElectionOrder order{*type, std::nullopt};
  if (const auto path = arguments.text("path-to-json-file")) {
    auto partitions = then(read_file(*path), parse_election_file);
    if (!partitions) return std::unexpected(partitions.error());
    order.partitions = std::move(*partitions);
  } else if (const auto topic = arguments.text("topic")) {
    const auto partition = arguments.number("partition");
    if (!partition) return std::unexpected(partition.error());
    order.partitions = {TopicPartition{*topic, PartitionIndex(**partition)}};
  }
  return order;
}

}  // namespace barnabas::tools
