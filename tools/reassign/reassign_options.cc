#include "tools/reassign/reassign_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace barnabas::tools {
namespace {

// What may stand with an action, beside --bootstrap-server and --command-config.
struct Action {
  std::string_view name;
  std::vector<std::string_view> required;
  std::vector<std::string_view> permitted;
};

const std::array<Action, 5>& actions() {
  static const std::array<Action, 5> kActions{{
      {"generate", {"topics-to-move-json-file", "broker-list"}, {"disable-rack-aware"}},
      {"execute",
       {"reassignment-json-file"},
       {"additional", "throttle", "replica-alter-log-dirs-throttle", "timeout"}},
      {"verify", {"reassignment-json-file"}, {"preserve-throttles"}},
      {"cancel", {"reassignment-json-file"}, {"preserve-throttles", "timeout"}},
      {"list", {}, {}},
  }};
  return kActions;
}

constexpr std::array<std::string_view, 8> kOnlyForSome{"additional",
                                                       "broker-list",
                                                       "disable-rack-aware",
                                                       "preserve-throttles",
                                                       "reassignment-json-file",
                                                       "replica-alter-log-dirs-throttle",
                                                       "throttle",
                                                       "timeout"};

bool may_stand_with(const Action& action, std::string_view option) {
  return std::ranges::count(action.required, option) +
             std::ranges::count(action.permitted, option) >
         0;
}

}  // namespace

Options reassign_options() {
  Options options("This tool helps to move topic partitions between replicas.");
  options.help_and_version()
      .value("bootstrap-server", "String: Server(s) to use for bootstrapping",
             "REQUIRED: One or more brokers, with commas.")
      .value("command-config", "String: Admin client property file", "Settings of the client.")
      .flag("generate", "Propose where the partitions of topics could lie; changes nothing.")
      .flag("execute", "Begin to move partitions as --reassignment-json-file says.")
      .flag("verify", "Say how far it has come; takes the throttles away once it is done.")
      .flag("cancel", "End the moves of --reassignment-json-file and go back.")
      .flag("list", "Show all partitions that are being moved.")
      .value("topics-to-move-json-file", "String: topics to reassign json file path",
             "For --generate: {\"topics\":[{\"topic\":\"t\"}],\"version\":1}.")
      .value("broker-list", "String: brokerlist", "For --generate: where to, \"0,1,2\".")
      .flag("disable-rack-aware", "For --generate: racks do not matter.")
      .value("reassignment-json-file", "String: manual assignment json file path",
             "{\"partitions\":[{\"topic\":\"t\",\"partition\":1,\"replicas\":[1,2],\"log_dirs\":"
             "[\"any\",\"/d\"]}],\"version\":1}; log_dirs may be left out.")
      .flag("additional", "For --execute: also while others move; also to change a throttle.")
      .value("throttle", "Long: throttle", "For --execute: bytes/s between brokers; -1 is none.")
      .value("replica-alter-log-dirs-throttle", "Long: replicaAlterLogDirsThrottle",
             "For --execute: bytes/s between log directories; -1 is none.")
      .value("timeout", "Long: timeout",
             "How many ms to wait until moves between log directories begin (10000).")
      .flag("preserve-throttles", "For --verify and --cancel: leave the throttles.");
  return options;
}

std::optional<std::string> broken_reassign_rule(const Arguments& arguments) {
  const auto chosen = [&](const Action& action) { return arguments.has(action.name); };
  if (std::ranges::count_if(actions(), chosen) != 1) {
    return "Command must include exactly one action: --generate, --execute, --verify, --cancel, "
           "--list";
  }
  const Action& action = *std::ranges::find_if(actions(), chosen);
  if (!arguments.has("bootstrap-server")) return "Please specify --bootstrap-server";
  for (const auto option : action.required) {
    if (!arguments.has(option)) return fmt::format("Missing required argument \"[{}]\"", option);
  }
  for (const auto option : kOnlyForSome) {
    if (arguments.has(option) && !may_stand_with(action, option)) {
      return fmt::format("Option \"[{}]\" can't be used with action \"[{}]\"", option, action.name);
    }
  }
  return std::nullopt;
}

}  // namespace barnabas::tools
