// Which partitions kafka-get-offsets is asked for.
//
// Kafka       server/util/TopicFilter, TopicPartitionFilter, PartitionFilter. Differs: patterns are
//             ECMAScript's.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <limits>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/types.h"

namespace barnabas::tools {

class PartitionFilter {
 public:
  // "t1:1,t2:0-3,t3,:5-": one of these rules; upper bounds are not included. The error is a
  // sentence.
  static std::expected<PartitionFilter, std::string> of_rules(const std::string& text);
  // A pattern of topics (nothing: all) and ids with commas (nothing: all).
  static std::expected<PartitionFilter, std::string> of_topic(
      const std::optional<std::string>& pattern, const std::optional<std::string>& ids);

  bool matches(const TopicPartition& partition) const;

 private:
  struct Rule {
    std::regex topic;
    std::int32_t first = 0;
    std::int32_t end = std::numeric_limits<std::int32_t>::max();
  };
  static std::expected<Rule, std::string> rule(const std::string& text);

  std::vector<Rule> rules_;
};

}  // namespace barnabas::tools
