#include "tools/console/console_producer_options.h"

#include <fmt/format.h>

#include <array>

#include "tools/admin_client.h"

namespace barnabas::tools {
namespace {

// Options that are settings of the producer: what holds when neither the option nor a property
// says anything.
struct Setting {
  std::string_view option;
  std::string_view key;
  std::string_view otherwise;
  enum { kInt, kLong, kText } type;
};

constexpr auto kSettings = std::to_array<Setting>({
    {"timeout", "linger.ms", "1000", Setting::kLong},
    {"request-required-acks", "acks", "-1", Setting::kText},
    {"request-timeout-ms", "request.timeout.ms", "1500", Setting::kInt},
    {"message-send-max-retries", "retries", "3", Setting::kInt},
    {"retry-backoff-ms", "retry.backoff.ms", "100", Setting::kLong},
    {"socket-buffer-size", "send.buffer.bytes", "102400", Setting::kInt},
    {"max-memory-bytes", "buffer.memory", "33554432", Setting::kLong},
    {"batch-size", "batch.size", "16384", Setting::kInt},
    {"max-partition-memory-bytes", "batch.size", "16384", Setting::kInt},
    {"metadata-expiry-ms", "metadata.max.age.ms", "300000", Setting::kLong},
    {"max-block-ms", "max.block.ms", "60000", Setting::kLong},
});

// The first option whose value is no number.
std::optional<std::string> bad_number(const Arguments& arguments) {
  for (const auto& setting : kSettings) {
    if (setting.type == Setting::kInt) {
      if (const auto number = arguments.number(setting.option); !number) return number.error();
    } else if (setting.type == Setting::kLong) {
      if (const auto number = arguments.wide_number(setting.option); !number) return number.error();
    }
  }
  return std::nullopt;
}

}  // namespace

Options console_producer_options() {
  Options options("This tool helps to read data from standard input and publish it to Kafka.");
  options.help_and_version()
      .value("topic", "String: topic", "REQUIRED: Where to the records go.")
      .value("bootstrap-server", "String: server to connect to",
             "REQUIRED unless --broker-list is given: One or more brokers, with commas.")
      .value("broker-list", "String: broker-list", "DEPRECATED: the same.")
      .flag("sync", "Send one record after the other, each when the one before was stored.")
      .optional_value("compression-codec", "String: compression-codec",
                      "none, gzip (without a value), snappy, lz4 or zstd.")
      .value("batch-size", "Integer: size", "How many bytes of a partition go together (16384).")
      .value("message-send-max-retries", "Integer", "How often to send again (3).")
      .value("retry-backoff-ms", "Long", "How long to wait before sending again (100).")
      .value("timeout", "Long: timeout_ms", "How long a record waits for company (1000).")
      .value("request-required-acks", "String: request required acks",
             "Who must have stored a record: 0, 1 or -1, which is all in sync (-1).")
      .value("request-timeout-ms", "Integer: request timeout ms",
             "How long a broker may wait for its followers (1500).")
      .value("metadata-expiry-ms", "Long: metadata expiration interval",
             "When to ask again who leads (300000).")
      .value("max-block-ms", "Long: max block on send",
             "How long to wait for room and for the topic (60000).")
      .value("max-memory-bytes", "Long: total memory in bytes",
             "How much may wait to be sent (33554432).")
      .value("max-partition-memory-bytes", "Integer: memory in bytes per partition",
             "Another word for --batch-size.")
      .value("line-reader", "String: reader_class", "Who reads the lines; there is one.")
      .value("socket-buffer-size", "Integer: size", "The socket's send buffer (102400).")
      .values("property", "String: prop",
              "A setting of the reader: parse.key, key.separator, parse.headers, "
              "headers.delimiter, headers.separator, headers.key.separator, ignore.error, "
              "null.marker.")
      .value("reader-config", "String: config file", "A file of such settings.")
      .values("producer-property", "String: producer_prop", "A setting of the producer.")
      .value("producer.config", "String: config file", "A file of such settings.");
  return options;
}

std::expected<Properties, std::string> console_producer_config(const Arguments& arguments) {
  if (auto fault = bad_number(arguments)) return std::unexpected(*fault);
  auto properties = properties_file(arguments.text("producer.config"));
  if (!properties) return properties;
  for (auto& [key, value] : key_values(arguments.texts("producer-property"))) {
    properties->insert_or_assign(key, value);
  }
  const auto server = arguments.text("bootstrap-server");
  properties->insert_or_assign("bootstrap.servers",
                               server ? *server : arguments.text("broker-list").value_or(""));
  const bool compressed = arguments.has("compression-codec");
  properties->insert_or_assign(
      "compression.type",
      compressed ? arguments.text("compression-codec").value_or("gzip") : "none");
  properties->try_emplace("client.id", "console-producer");
  for (const auto& setting : kSettings) {
    const std::string key(setting.key);
    if (const auto given = arguments.text(setting.option)) {
      properties->insert_or_assign(key, *given);
    } else {
      properties->try_emplace(key, setting.otherwise);
    }
  }
  return properties;
}

std::expected<Properties, std::string> line_reader_config(const Arguments& arguments) {
  auto properties = properties_file(arguments.text("reader-config"));
  if (!properties) return properties;
  for (auto& [key, value] : key_values(arguments.texts("property"))) {
    properties->insert_or_assign(key, value);
  }
  return properties;
}

bool is_server_list(std::string_view text) {
  return !text.empty() && parse_bootstrap(text).has_value();
}

}  // namespace barnabas::tools
