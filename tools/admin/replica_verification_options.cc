#include "tools/admin/replica_verification_options.h"

#include <algorithm>
#include <regex>

namespace barnabas::tools {
namespace {

// "a, b" means a or b.
Parsed<std::string> topic_pattern(const std::string& given) {
  std::string pattern;
  for (const char c : given) {
    if (c != ' ') pattern += c == ',' ? '|' : c;
  }
  try {
    const std::regex tried(pattern);
  } catch (const std::regex_error&) {
    return std::unexpected(given + " is an invalid regex");
  }
  return pattern;
}

}  // namespace

Options replica_verification_options() {
  Options options("Validate that all replicas for a set of topics have the same data.");
  options.help_and_version()
      .value("broker-list", "String: hostname:port,...,hostname:port",
             "REQUIRED: One or more brokers, with commas.")
      .value("fetch-size", "Integer: bytes", "How much to ask of a partition at once (1048576).")
      .value("max-wait-ms", "Integer: ms", "How long a broker may wait for records (1000).")
      .value("topics-include", "String: Java regex (String)", "Which topics (.*).")
      .value("topic-white-list", "String: Java regex (String)", "Another word for it.")
      .value("time", "Long: timestamp/-1(latest)/-2(earliest)", "Where to begin (-1).")
      .value("report-interval-ms", "Long: ms", "How long between two reports (30000).");
  return options;
}

Parsed<VerificationOrder> verification_order(const Arguments& arguments) {
  VerificationOrder order;
  const auto old_word = arguments.text("topic-white-list").value_or(".*");
  const auto topics = topic_pattern(arguments.text("topics-include").value_or(old_word));
  if (!topics) return std::unexpected(topics.error());
  order.topics = *topics;
  const auto fetch_bytes = arguments.number("fetch-size");
  if (!fetch_bytes) return std::unexpected(fetch_bytes.error());
  const auto max_wait = arguments.number("max-wait-ms");
  if (!max_wait) return std::unexpected(max_wait.error());
  const auto interval = arguments.wide_number("report-interval-ms");
  if (!interval) return std::unexpected(interval.error());
  const auto start = arguments.wide_number("time");
  if (!start) return std::unexpected(start.error());
  order.fetch_bytes = fetch_bytes->value_or(order.fetch_bytes);
  order.max_wait = Millis(max_wait->value_or(order.max_wait.value));
  order.report_interval =
      std::chrono::milliseconds(interval->value_or(order.report_interval.count()));
  order.start = Timestamp(start->value_or(order.start.value));
  return order;
}

}  // namespace barnabas::tools
