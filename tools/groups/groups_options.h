// What the command line of kafka-consumer-groups may hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/console.h"
#include "tools/groups/groups_result.h"
#include "tools/options.h"

namespace barnabas::tools {

Options groups_options();
// The sentence about options that do not go together, or that are missing.
std::optional<std::string> broken_groups_rule(const Arguments& arguments, Console console);

// What --state and --type of --list say, as a broker is asked for them; none: all.
GroupsResult<std::vector<std::string>> state_filter(const Arguments& arguments);
GroupsResult<std::vector<std::string>> type_filter(const Arguments& arguments);

}  // namespace barnabas::tools
