// The lines of --from-file and --export: topic,partition,offset, or with a group in front.
//
// Kafka       tools/consumer/group/CsvUtils (Jackson). Differs: a quote within quotes, and what
//             is wrong with quotes, is not looked at.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>

#include "tools/groups/reset_plan.h"

namespace barnabas::tools {

// `only_group` is the group of a command line that names just one: its lines may come without it.
// The error is Java's, of the first line that is wrong.
std::expected<ResetPlan, std::string> parse_reset_file(
    const std::string& text, const std::optional<std::string>& only_group);

std::string reset_file_line(const std::string& group, const TopicPartition& partition,
                            Offset offset);
std::string reset_file_line(const TopicPartition& partition, Offset offset);

}  // namespace barnabas::tools
