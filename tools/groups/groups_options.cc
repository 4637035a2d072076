#include "tools/groups/groups_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "tools/broker_list.h"

namespace barnabas::tools {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 5> kActions{"list", "describe", "delete", "reset-offsets",
                                                   "delete-offsets"};
// In the order in which two that do not go together are named.
constexpr std::array<std::string_view, 8> kTargets{"to-offset",   "to-datetime", "by-duration",
                                                   "to-earliest", "to-latest",   "to-current",
                                                   "shift-by",    "from-file"};
constexpr std::array<std::string_view, 3> kViews{"members", "offsets", "state"};
constexpr std::array<std::string_view, 7> kStates{
    "PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty",
    "Assigning",          "Reconciling"};
constexpr std::array<std::string_view, 2> kTypes{"Consumer", "Classic"};

constexpr std::string_view kNotExecuted =
    "WARN: No action will be performed as the --execute option is missing.In a future major "
    "release, the default behavior of this command will be to prompt the user before executing the "
    "reset rather than doing a dry run. You should add the --dry-run option explicitly if you are "
    "scripting this command and want to keep the current default behavior without prompting.\n";

using Broken = std::optional<std::string>;

Broken not_together(const Arguments& arguments, std::string_view option, Names others) {
  if (!arguments.has(option)) return std::nullopt;
  for (const auto other : others) {
    if (other == option || !arguments.has(other)) continue;
    return fmt::format("Option \"[{}]\" can't be used with option \"[{}]\"", option, other);
  }
  return std::nullopt;
}

bool names_groups(const Arguments& arguments) {
  return arguments.has("group") || arguments.has("all-groups");
}

Broken broken_describe(const Arguments& arguments) {
  if (!names_groups(arguments)) {
    return "Option [describe] takes one of these options: [reset-offsets], [describe], [delete], "
           "[list]";
  }
  if (std::ranges::count_if(kViews, [&](auto view) { return arguments.has(view); }) > 1) {
    return "Option [describe] takes at most one of these options: [members], [offsets], [state]";
  }
  if (arguments.text("state")) return "Option [describe] does not take a value for [state]";
  return std::nullopt;
}

Broken broken_delete(const Arguments& arguments) {
  if (!names_groups(arguments)) {
    return "Option [delete] takes one of these options: [all-groups], [group]";
  }
  if (arguments.has("topic")) {
    return "The consumer does not support topic-specific offset deletion from a consumer group.";
  }
  return std::nullopt;
}

Broken broken_reset(const Arguments& arguments, Console console) {
  if (arguments.has("dry-run") && arguments.has("execute")) {
    return "Option [reset-offsets] only accepts one of [execute] and [dry-run]";
  }
  if (!arguments.has("dry-run") && !arguments.has("execute")) console.err << kNotExecuted;
  if (!names_groups(arguments)) {
    return "Option [reset-offsets] takes one of these options: [all-groups], [group]";
  }
  for (const auto target : kTargets) {
    if (auto broken = not_together(arguments, target, kTargets)) return broken;
  }
  return std::nullopt;
}

bool same_word(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// The words of a list by their right names; nothing where one is not among `known`.
std::optional<std::vector<std::string>> known_words(const std::string& text, Names known) {
  std::vector<std::string> words;
  for (const auto& word : split_list(text)) {
    const auto it =
        std::ranges::find_if(known, [&](auto name) { return same_word(trim(word), name); });
    if (it == known.end()) return std::nullopt;
    words.emplace_back(*it);
  }
  return words;
}

}  // namespace

Options groups_options() {
  Options options(
      "This tool helps to list all consumer groups, describe a consumer group, delete consumer "
      "group info, or reset consumer group offsets.");
  options.help_and_version()
      .value("bootstrap-server", "String: server to connect to",
             "REQUIRED: One or more brokers, with commas.")
      .value("command-config", "String: command config property file", "Settings of the client.")
      .value("timeout", "Long: timeout (ms)", "How long to wait for the brokers (5000).")
      .flag("list", "Print the groups.")
      .flag("describe", "Print offsets and lag of groups, or what --members or --state say.")
      .flag("delete", "Delete groups that have no members, with their offsets.")
      .flag("reset-offsets", "Set the offsets of groups that have no members.")
      .flag("delete-offsets", "Delete a group's offsets of topics it does not read.")
      .values("group", "String: consumer group", "The group; may stand several times.")
      .flag("all-groups", "For --describe, --delete, --reset-offsets: every group.")
      .values("topic", "String: topic",
              "A topic, or some of its partitions: t, t:0,1; may stand several times.")
      .flag("all-topics", "For --reset-offsets: every topic the group has offsets of.")
      .flag("offsets", "For --describe: offsets and lag, as without it.")
      .flag("members", "For --describe: the members.")
      .optional_value(
          "state", "String",
          "For --describe: coordinator and state. For --list: the states, or only groups "
          "in one of these: \"Empty,Stable\".")
      .optional_value("type", "String",
                      "For --list: the types, or only groups of one of these: \"classic\".")
      .flag("verbose", "For --describe --members: the partitions too.")
      .flag("dry-run", "For --reset-offsets: only print what would be set.")
      .flag("execute", "For --reset-offsets: set them.")
      .flag("export", "For --reset-offsets: print lines for --from-file.")
      .value("to-offset", "Long: offset", "Set to this offset.")
      .value("to-datetime", "String: datetime",
             "Set to the first record of this time on: 2026-01-31T10:00:00.000.")
      .value("by-duration", "String: duration", "Set to the time so long ago: P1DT2H3M4S.")
      .flag("to-earliest", "Set to the first offset there is.")
      .flag("to-latest", "Set to the end.")
      .flag("to-current", "Set to what it is; to the end where there is none.")
      .value("shift-by", "Long: number-of-offsets", "Move by so many; below 0: back.")
      .value("from-file", "String: path to CSV file",
             "Set to what lines of topic,partition,offset say; for several groups with the group "
             "in front.");
  return options;
}

std::optional<std::string> broken_groups_rule(const Arguments& arguments, Console console) {
  if (arguments.has("describe")) {
    if (auto broken = broken_describe(arguments)) return broken;
  }
  if (arguments.has("delete")) {
    if (auto broken = broken_delete(arguments)) return broken;
  }
  if (arguments.has("delete-offsets") && !(arguments.has("group") && arguments.has("topic"))) {
    return "Option [delete-offsets] takes the following options: [all-groups], [group]";
  }
  if (arguments.has("reset-offsets")) {
    if (auto broken = broken_reset(arguments, console)) return broken;
  }
  constexpr std::array<std::string_view, 2> kNotWithGroup{"all-groups", "list"};
  if (auto broken = not_together(arguments, "group", kNotWithGroup)) return broken;
  constexpr std::array<std::string_view, 2> kNotWithTopic{"describe", "list"};
  if (auto broken = not_together(arguments, "topic", kNotWithTopic)) return broken;
  if (std::ranges::count_if(kActions, [&](auto action) { return arguments.has(action); }) != 1) {
    return "Command must include exactly one action: --list, --describe, --delete, "
           "--reset-offsets, --delete-offsets";
  }
  return std::nullopt;
}

GroupsResult<std::vector<std::string>> state_filter(const Arguments& arguments) {
  const auto text = arguments.text("state").value_or("");
  auto states = known_words(text, kStates);
  if (states) return *std::move(states);
  return wrong_usage(
      fmt::format("Invalid state list '{}'. Valid states are: {}", text, fmt::join(kStates, ", ")));
}

GroupsResult<std::vector<std::string>> type_filter(const Arguments& arguments) {
  const auto text = arguments.text("type").value_or("");
  auto types = known_words(text, kTypes);
  if (types) return *std::move(types);
  return wrong_usage(
      fmt::format("Invalid types list '{}'. Valid types are: {}", text, fmt::join(kTypes, ", ")));
}

}  // namespace barnabas::tools
