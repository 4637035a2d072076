#include "tools/topics_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace barnabas::tools {
namespace {

constexpr std::array<std::string_view, 5> kActions{"create", "alter", "list", "describe", "delete"};

// An option and those it must not stand with.
struct Conflict {
  std::string_view option;
  std::vector<std::string_view> with;
};

std::vector<std::string_view> all_actions_but(std::initializer_list<std::string_view> allowed) {
  std::vector<std::string_view> others;
  for (const auto action : kActions) {
    if (std::ranges::find(allowed, action) == allowed.end()) others.push_back(action);
  }
  return others;
}

std::vector<Conflict> conflicts(bool create) {
  std::vector<Conflict> all{
      {"config", all_actions_but({"create"})},
      {"delete-config", {"create", "alter", "list", "describe", "delete"}},
      {"partitions", all_actions_but({"alter", "create"})},
      {"replication-factor", all_actions_but({"create"})},
      {"replica-assignment", all_actions_but({"alter", "create"})},
  };
  if (create) all.push_back({"replica-assignment", {"partitions", "replication-factor"}});
  for (const auto filter : {"under-replicated-partitions", "under-min-isr-partitions",
                            "at-min-isr-partitions", "unavailable-partitions"}) {
    auto with = all_actions_but({"describe"});
    with.push_back("topics-with-overrides");
    all.push_back({filter, with});
  }
  all.push_back({"topics-with-overrides", all_actions_but({"describe"})});
  all.push_back({"partition-size-limit-per-response", all_actions_but({"describe"})});
  all.push_back({"if-exists", all_actions_but({"alter", "delete", "describe"})});
  all.push_back({"if-not-exists", all_actions_but({"create"})});
  all.push_back({"exclude-internal", all_actions_but({"list", "describe"})});
  return all;
}

std::optional<std::string> missing(const Arguments& arguments,
                                   std::initializer_list<std::string_view> required) {
  for (const auto name : required) {
    if (!arguments.has(name)) return fmt::format("Missing required argument \"[{}]\"", name);
  }
  return std::nullopt;
}

std::optional<std::string> missing_argument(const Arguments& arguments) {
  const bool by_zookeeper = arguments.has("zookeeper");
  if (arguments.has("describe")) {
    if (arguments.has("if-exists") && !arguments.has("topic-id")) {
      return missing(arguments, {"topic"});
    }
    return std::nullopt;
  }
  if (arguments.has("list")) return std::nullopt;
  if (auto lack = missing(arguments, {"topic"})) return lack;
  if (arguments.has("alter")) {
    if (arguments.has("config") && !by_zookeeper) {
      return "Option combination \"[[bootstrap-server], [config]]\" can't be used with option "
             "\"[alter]\" (the kafka-configs CLI supports altering topic configs with a "
             "--bootstrap-server option)";
    }
    return missing(arguments, {"partitions"});
  }
  // The brokers' defaults are not known to who speaks with ZooKeeper alone.
  if (arguments.has("create") && by_zookeeper && !arguments.has("replica-assignment")) {
    return missing(arguments, {"partitions", "replication-factor"});
  }
  return std::nullopt;
}

}  // namespace

Options topics_options() {
  Options options("This tool helps to create, delete, describe, or change a topic.");
  options.help_and_version()
      .value("bootstrap-server", "String: server to connect to",
             "REQUIRED (or --zookeeper): One or more brokers, with commas.")
      .value("zookeeper", "String: hosts", "Speak with ZooKeeper alone, as before Kafka 3.0.")
      .value("command-config", "String: command config property file", "Settings of the client.")
      .flag("list", "List all topics.")
      .flag("create", "Create a topic.")
      .flag("delete", "Delete a topic.")
      .flag("alter", "Add partitions to a topic.")
      .flag("describe", "Show partitions, replicas and settings of topics.")
      .value("topic", "String: topic", "The topic; a regular expression except for --create.")
      .value("topic-id", "String: topic-id", "The topic's id, for --describe.")
      .values("config", "String: name=value", "A setting of the topic to create.")
      .values("delete-config", "String: name",
              "Not to be had here: kafka-configs takes settings away.")
      .value("partitions", "Integer: # of partitions", "How many partitions the topic is to have.")
      .alias("partition", "partitions")
      .value("replication-factor", "Integer: replication factor",
             "How many replicas each partition is to have.")
      .value("replica-assignment",
             "String: broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , ...",
             "The replicas of each partition, instead of the two numbers.")
      .flag("under-replicated-partitions", "Show only partitions that lack a replica.")
      .flag("unavailable-partitions", "Show only partitions without a living leader.")
      .flag("under-min-isr-partitions", "Show only partitions below min.insync.replicas.")
      .flag("at-min-isr-partitions", "Show only partitions exactly at min.insync.replicas.")
      .flag("topics-with-overrides", "Show only topics with settings of their own.")
      .flag("if-exists", "Be silent about a topic that is not there.")
      .flag("if-not-exists", "Be silent about a topic that is there.")
      .flag("exclude-internal", "Leave out internal topics.")
      .value("partition-size-limit-per-response",
             "Integer: maximum number of partitions in one response.",
             "Taken and not needed: answers come whole.");
  return options;
}

bool has_one_action(const Arguments& arguments) {
  return std::ranges::count_if(kActions, [&](auto name) { return arguments.has(name); }) == 1;
}

std::optional<std::string> broken_rule(const Arguments& arguments) {
  if (auto lack = missing_argument(arguments)) return lack;
  for (const auto& [option, with] : conflicts(arguments.has("create"))) {
    if (!arguments.has(option)) continue;
    for (const auto other : with) {
      if (arguments.has(other)) {
        return fmt::format("Option \"[{}]\" can't be used with option \"[{}]\"", option, other);
      }
    }
  }
  return std::nullopt;
}

}  // namespace barnabas::tools
