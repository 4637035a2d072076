// The command line of kafka-reassign-partitions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/options.h"

namespace barnabas::tools {

Options reassign_options();
// What the command line breaks: the sentence to print before the table.
std::optional<std::string> broken_reassign_rule(const Arguments& arguments);

}  // namespace barnabas::tools
