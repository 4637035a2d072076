// Broker ids as the tools take and print them: "1,2,3".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/types.h"
#include "tools/json_file.h"

namespace barnabas::tools {

// In the order given. The error: For input string: "x".
Parsed<std::vector<BrokerId>> parse_brokers(std::string_view text);
std::string join(const std::vector<BrokerId>& brokers);
// Words between commas, without the empty ones.
std::vector<std::string> split_list(std::string_view text);

}  // namespace barnabas::tools
