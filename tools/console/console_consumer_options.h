// What kafka-console-consumer takes, and what it means.
//
// Kafka       tools/consumer/ConsoleConsumerOptions.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "tools/client/client_config.h"
#include "tools/client/consumer.h"
#include "tools/console/message_formatter.h"
#include "tools/options.h"

namespace barnabas::tools {

Options console_consumer_options();

struct ConsumeOrder {
  std::optional<std::string> topic;
  std::string pattern;                      // where there is no topic
  std::optional<PartitionIndex> partition;  // nothing: a group shares them out
  Offset offset = kLatest;
  std::optional<int> max_messages;
  std::optional<Milliseconds> timeout;
  bool skip_errors = false;
  bool systest_events = false;
  Properties consumer;
  MessageFormatter formatter;
};

// Why there is no order: a sentence, and whether the table of options follows it.
struct Refused {
  std::string sentence;
  bool with_table = true;
};

// `random` below 100000 names the group of a consumer that has none.
std::expected<ConsumeOrder, Refused> consume_order(const Arguments& arguments,
                                                   const std::function<int()>& random);

}  // namespace barnabas::tools
