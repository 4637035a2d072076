#include "tools/console/console_consumer_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <regex>
#include <vector>

namespace barnabas::tools {
namespace {

constexpr std::string_view kDefaultFormatter =
    "org.apache.kafka.tools.consumer.DefaultMessageFormatter";

std::unexpected<Refused> with_table(std::string sentence) {
  return std::unexpected(Refused{std::move(sentence), true});
}
std::unexpected<Refused> alone(std::string sentence) {
  return std::unexpected(Refused{std::move(sentence), false});
}

// What to read: a rule that the words break.
std::optional<std::string> broken_rule(const Arguments& arguments) {
  const bool topic = arguments.has("topic");
  const bool pattern = arguments.has("include") || arguments.has("whitelist");
  if (topic == pattern) {
    return fmt::format("Exactly one of --include/--topic is required. {}",
                       arguments.has("whitelist")
                           ? "--whitelist is DEPRECATED use --include instead; ignored if "
                             "--include specified."
                           : "");
  }
  if (arguments.has("partition")) {
    if (!topic) return "The topic is required when partition is specified.";
    if (arguments.has("from-beginning") && arguments.has("offset")) {
      return "Options from-beginning and offset cannot be specified together.";
    }
  } else if (arguments.has("offset")) {
    return "The partition is required when offset is specified.";
  }
  if (!arguments.has("bootstrap-server")) return "Missing required argument \"[bootstrap-server]\"";
  return std::nullopt;
}

std::expected<Offset, Refused> offset_of(const Arguments& arguments) {
  const auto given = arguments.text("offset");
  if (!given) return arguments.has("from-beginning") ? kEarliest : kLatest;
  std::string word = *given;
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  if (word == "earliest") return kEarliest;
  if (word == "latest") return kLatest;
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc() && end == word.data() + word.size() && number >= 0) {
    return Offset(number);
  }
  return with_table(
      fmt::format("The provided offset value '{}' is incorrect. Valid values are 'earliest', "
                  "'latest', or a non-negative long.",
                  *given));
}

// One group, however it was named; gives a consumer without one a name that nobody else has.
std::expected<void, Refused> choose_group(const Arguments& arguments, const Properties& file,
                                          const Properties& words,
                                          const std::function<int()>& random,
                                          Properties* consumer) {
  std::vector<std::string> groups;
  const auto add = [&groups](const std::string& group) {
    if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
  };
  if (const auto group = arguments.text("group")) add(*group);
  for (const auto* properties : {&words, &file}) {
    const auto it = properties->find("group.id");
    if (it != properties->end()) add(it->second);
  }
  if (groups.size() > 1) {
    std::ranges::sort(groups);
    return with_table(
        fmt::format("The group ids provided in different places (directly using '--group', via "
                    "'--consumer-property', or via '--consumer.config') do not match. Detected "
                    "group ids: '{}'",
                    fmt::join(groups, "', '")));
  }
  if (groups.empty()) {
    consumer->insert_or_assign("group.id", fmt::format("console-consumer-{}", random()));
    consumer->try_emplace("enable.auto.commit", "false");  // nobody comes back to such offsets
  } else {
    consumer->insert_or_assign("group.id", groups.front());
  }
  if (arguments.has("group") && arguments.has("partition")) {
    return with_table("Options group and partition cannot be specified together.");
  }
  return {};
}

std::expected<Properties, Refused> consumer_config(const Arguments& arguments,
                                                   const std::function<int()>& random) {
  const auto file = properties_file(arguments.text("consumer.config"));
  if (!file) return alone(file.error());
  const auto words = key_values(arguments.texts("consumer-property"));
  Properties consumer = *file;
  for (const auto& [key, value] : words) consumer.insert_or_assign(key, value);
  if (auto chosen = choose_group(arguments, *file, words, random, &consumer); !chosen) {
    return std::unexpected(chosen.error());
  }
  const bool from_beginning = arguments.has("from-beginning");
  const auto [reset, added] =
      consumer.try_emplace("auto.offset.reset", from_beginning ? "earliest" : "latest");
  if (!added && from_beginning && reset->second != "earliest") {
    return alone(fmt::format(
        "Can't simultaneously specify --from-beginning and 'auto.offset.reset={}', please remove "
        "one option",
        reset->second));
  }
  consumer.insert_or_assign("bootstrap.servers", *arguments.text("bootstrap-server"));
  consumer.insert_or_assign("isolation.level",
                            arguments.text("isolation-level").value_or("read_uncommitted"));
  consumer.try_emplace("client.id", "console-consumer");
  return consumer;
}

std::expected<MessageFormatter, Refused> formatter_of(const Arguments& arguments) {
  auto properties = properties_file(arguments.text("formatter-config"));
  if (!properties) return alone(properties.error());
  for (const auto& [key, value] : key_values(arguments.texts("property"))) {
    properties->insert_or_assign(key, value);
  }
  for (const std::string side : {"key", "value"}) {
    if (const auto name = arguments.text(side + "-deserializer")) {
      properties->insert_or_assign(side + ".deserializer", *name);
    }
  }
  const auto name = arguments.text("formatter").value_or(std::string(kDefaultFormatter));
  auto formatter = message_formatter(name, *properties);
  if (!formatter) return with_table(formatter.error());
  return std::move(*formatter);
}

std::expected<void, Refused> read_numbers(const Arguments& arguments, ConsumeOrder* order) {
  const auto partition = arguments.number("partition");
  if (!partition) return alone(partition.error());
  const auto most = arguments.number("max-messages");
  if (!most) return alone(most.error());
  const auto timeout = arguments.wide_number("timeout-ms");
  if (!timeout) return alone(timeout.error());
  if (*partition) order->partition = PartitionIndex(**partition);
  if (*most && **most != -1) order->max_messages = **most;
  if (*timeout && **timeout >= 0) order->timeout = Milliseconds(**timeout);
  return {};
}

std::expected<void, Refused> read_topics(const Arguments& arguments, ConsumeOrder* order) {
  order->topic = arguments.text("topic");
  const auto old_word = arguments.text("whitelist").value_or("");
  order->pattern = arguments.text("include").value_or(old_word);
  try {
    const std::regex tried(order->pattern);
  } catch (const std::regex_error&) {
    return alone(order->pattern + " is an invalid regex");
  }
  return {};
}

}  // namespace

Options console_consumer_options() {
  Options options(
      "This tool helps to read data from Kafka topics and outputs it to standard output.");
  options.help_and_version()
      .value("bootstrap-server", "String: server to connect to",
             "REQUIRED: One or more brokers, with commas.")
      .value("topic", "String: topic", "What to read.")
      .value("include", "String: Java regex (String)", "What to read, as a pattern.")
      .value("whitelist", "String: Java regex (String)", "DEPRECATED: the same.")
      .value("partition", "Integer: partition", "Read one partition only, without a group.")
      .value("offset", "String: consume offset",
             "Where to begin in it: a number, earliest or latest (latest).")
      .flag("from-beginning", "Where the group has no offset yet, begin with the first record.")
      .value("group", "String: consumer group id", "The group to be in.")
      .value("max-messages", "Integer: num_messages", "End after as many records.")
      .value("timeout-ms", "Long: timeout_ms", "End when none has come for so long.")
      .flag("skip-message-on-error", "Go on after a record that cannot be printed.")
      .value("isolation-level", "String", "read_uncommitted (the default) or read_committed.")
      .value("formatter", "String: class", "The class that prints records.")
      .values("property", "String: prop",
              "A setting of it: print.timestamp, print.key, print.offset, print.partition, "
              "print.headers, print.value, key.separator, line.separator, headers.separator, "
              "null.literal, key.deserializer, value.deserializer, headers.deserializer.")
      .value("formatter-config", "String: config file", "A file of such settings.")
      .value("key-deserializer", "String: deserializer for key", "The class that reads keys.")
      .value("value-deserializer", "String: deserializer for values", "The class for values.")
      .values("consumer-property", "String: consumer_prop", "A setting of the consumer.")
      .value("consumer.config", "String: config file", "A file of such settings.")
      .flag("enable-systest-events", "Say on standard output when it has ended.");
  return options;
}

std::expected<ConsumeOrder, Refused> consume_order(const Arguments& arguments,
                                                   const std::function<int()>& random) {
  if (auto broken = broken_rule(arguments)) return with_table(*broken);
  ConsumeOrder order;
  order.skip_errors = arguments.has("skip-message-on-error");
  order.systest_events = arguments.has("enable-systest-events");
  if (auto read = read_topics(arguments, &order); !read) return std::unexpected(read.error());
  if (auto read = read_numbers(arguments, &order); !read) return std::unexpected(read.error());
  const auto offset = offset_of(arguments);
  if (!offset) return std::unexpected(offset.error());
  order.offset = *offset;
  auto consumer = consumer_config(arguments, random);
  if (!consumer) return std::unexpected(consumer.error());
  order.consumer = std::move(*consumer);
  auto formatter = formatter_of(arguments);
  if (!formatter) return std::unexpected(formatter.error());
  order.formatter = std::move(*formatter);
  return order;
}

}  // namespace barnabas::tools
