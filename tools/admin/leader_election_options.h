// What the command line of kafka-leader-election asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/types.h"
#include "tools/json_file.h"
#include "tools/options.h"

namespace barnabas::tools {

enum class ElectionType : std::int8_t { kPreferred = 0, kUnclean = 1 };  // as in ElectLeaders
std::string_view name(ElectionType type);

struct ElectionOrder {
  ElectionType type = ElectionType::kPreferred;
  std::optional<std::vector<TopicPartition>> partitions;  // nothing: all that need it
};

Options leader_election_options();
// Reads the file it names, if it does.
Parsed<ElectionOrder> election_order(const Arguments& arguments);
// What a --path-to-json-file says.
Parsed<std::vector<TopicPartition>> parse_election_file(const std::string& text);

}  // namespace barnabas::tools
