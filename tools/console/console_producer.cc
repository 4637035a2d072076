#include "tools/console/console_producer.h"

#include <fmt/format.h>

#include <utility>

#include "tools/console/console_producer_options.h"
#include "tools/console/line_reader.h"

namespace barnabas::tools {
namespace {

constexpr std::string_view kReader = "kafka.tools.ConsoleProducer$LineMessageReader";
constexpr std::string_view kErrorLog =
    "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback";

std::string size_of(const Field& field) {
  return field ? fmt::format("{} bytes", field->size()) : "null";
}

// One run of the tool: record after record, until the text ends.
class Sending {
 public:
  Sending(RecordSink& sink, LineReader reader, bool sync, Console console)
      : sink_(sink),
        reader_(std::move(reader)),
        sync_(sync),
        console_(console),
        error_log_(console.err, std::string(kErrorLog)) {}

  int run(const Typed& typed) {
    const auto prompt = typed.by_hand
                            ? std::function<void()>([this] { console_.out << '>' << std::flush; })
                            : nullptr;
    int code = kOk;
    while (code == kOk) {
      auto record = reader_.next(typed.in, prompt);
      if (!record) {
        code = fail(record.error(), console_);
      } else if (!*record) {
        break;
      } else {
        code = send(std::move(**record));
      }
    }
    sink_.flush();
    return code;
  }

 private:
  int send(ClientRecord record) {
    if (sync_) return send_and_wait(std::move(record));
    auto failed = fmt::format(
        "Error when sending message to topic {} with key: {}, value: {} with "
        "error:",
        record.topic, size_of(record.key), size_of(record.value));
    sink_.send(std::move(record), [this, failed = std::move(failed)](const Delivery& delivery) {
      if (!delivery) error_log_.error(failed, delivery.error());
    });
    return kOk;
  }

  int send_and_wait(ClientRecord record) {
    std::string exception;
    sink_.send(std::move(record), [&exception](const Delivery& delivery) {
      if (!delivery) exception = delivery.error();
    });
    sink_.flush();
    if (exception.empty()) return kOk;
    return fail("java.util.concurrent.ExecutionException: " + exception, console_);
  }

  RecordSink& sink_;
  LineReader reader_;
  bool sync_;
  Console console_;
  JavaLog error_log_;
};

// Parsing and what must be there; the error is the exit code, and everything has been said.
std::expected<Arguments, int> begin(const Options& options, std::span<const std::string> words,
                                    Console console) {
  auto arguments = options.parse(words);
  if (!arguments) return std::unexpected(usage_error(options, arguments.error(), console));
  if (const auto answered = answer_common(options, *arguments, false, console)) {
    return std::unexpected(*answered);
  }
  const bool has_server = arguments->has("bootstrap-server") || arguments->has("broker-list");
  if (!has_server) {
    return std::unexpected(
        usage_error(options, "Missing required option(s) [bootstrap-server]", console));
  }
  if (!arguments->has("topic")) {
    return std::unexpected(usage_error(options, "Missing required argument \"[topic]\"", console));
  }
  const auto servers = arguments->text("bootstrap-server");
  if (!is_server_list(servers ? *servers : *arguments->text("broker-list"))) {
    return std::unexpected(usage_error(
        options, "Please provide valid host:port like host1:9091,host2:9092\n ", console));
  }
  return std::move(*arguments);
}

}  // namespace

int run_console_producer(std::span<const std::string> words, Typed typed, const OpenSink& open,
                         Console console) {
  const auto arguments = begin(console_producer_options(), words, console);
  if (!arguments) return arguments.error();
  const auto properties = console_producer_config(*arguments);
  if (!properties) return fail(properties.error(), console);
  const auto class_name = arguments->text("line-reader").value_or(std::string(kReader));
  if (class_name != kReader) {
    return fail("java.lang.ClassNotFoundException: " + class_name, console);
  }
  const auto reading = line_reader_config(*arguments);
  if (!reading) return fail(reading.error(), console);
  auto reader = LineReader::make(*arguments->text("topic"), *reading);
  if (!reader) return fail(reader.error(), console);
  JavaLog log(console.err, "org.apache.kafka.clients.producer.KafkaProducer");
  const auto sink = open(*properties, &log);
  if (!sink) return fail(sink.error(), console);
  return Sending(**sink, std::move(*reader), arguments->has("sync"), console).run(typed);
}

}  // namespace barnabas::tools
