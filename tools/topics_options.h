// The command line of kafka-topics and the rules between its options.
#pragma once

#include <optional>
#include <string>

#include "tools/options.h"

namespace barnabas::tools {

Options topics_options();
// The first rule that is broken, as Kafka words it: Option "[a]" can't be used with option "[b]".
std::optional<std::string> broken_rule(const Arguments& arguments);
bool has_one_action(const Arguments& arguments);

}  // namespace barnabas::tools
