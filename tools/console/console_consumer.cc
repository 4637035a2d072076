#include "tools/console/console_consumer.h"

#include <fmt/format.h>

namespace barnabas::tools {
namespace {

constexpr std::string_view kLogger = "org.apache.kafka.tools.consumer.ConsoleConsumer";
constexpr Milliseconds kStep{100};  // how soon an interruption is noticed

// One run of the tool: record after record.
class Reading {
 public:
  Reading(const ConsumeOrder& order, RecordSource& source, const ConsumerWorld& world,
          Console console)
      : order_(order),
        source_(source),
        world_(world),
        console_(console),
        log_(console.err, std::string(kLogger)) {}

  // The error is the text of an exception that ends the tool.
  std::expected<void, std::string> run() {
    while (!order_.max_messages || count_ < *order_.max_messages) {
      const auto record = next();
      if (!record) break;
      ++count_;
      const auto text = order_.formatter.format(*record);
      if (text) {
        console_.out << *text << std::flush;
      } else if (order_.skip_errors) {
        log_.error("Error processing message, skipping this message: ", text.error());
      } else {
        return std::unexpected(text.error());
      }
      if (!console_.out) {
        console_.err << "Unable to write to standard out, closing consumer.\n";
        break;
      }
    }
    return {};
  }

  int count() const { return count_; }

 private:
  // Nothing: there will be no more, and why has been said.
  std::optional<ClientRecord> next() {
    const auto began = world_.now();
    while (!world_.interrupted()) {
      auto wait = kStep;
      if (order_.timeout) {
        const auto spent = std::chrono::duration_cast<Milliseconds>(world_.now() - began);
        if (spent >= *order_.timeout) {
          give_up("org.apache.kafka.common.errors.TimeoutException");
          return std::nullopt;
        }
        wait = std::min(wait, *order_.timeout - spent);
      }
      auto polled = source_.poll(wait);
      if (auto* record = std::get_if<ClientRecord>(&polled)) return std::move(*record);
      if (const auto* failure = std::get_if<Failure>(&polled)) {
        give_up(failure->exception);
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  void give_up(std::string_view exception) {
    log_.error("Error processing message, terminating consumer process: ", exception);
  }

  const ConsumeOrder& order_;
  RecordSource& source_;
  const ConsumerWorld& world_;
  Console console_;
  JavaLog log_;
  int count_ = 0;
};

int unknown_error(std::string_view exception, Console console) {
  JavaLog(console.err, std::string(kLogger))
      .error("Unknown error when running consumer: ", exception);
  return kFailed;
}

}  // namespace

int run_console_consumer(std::span<const std::string> words, const ConsumerWorld& world,
                         Console console) {
  const auto options = console_consumer_options();
  const auto arguments = options.parse(words);
  if (!arguments) return usage_error(options, arguments.error(), console);
  if (const auto answered = answer_common(options, *arguments, true, console)) return *answered;
  const auto order = consume_order(*arguments, world.random);
  if (!order) {
    const auto& [sentence, with_table] = order.error();
    return with_table ? usage_error(options, sentence, console) : fail(sentence, console);
  }
  if (!order->formatter.deprecated.empty()) console.err << order->formatter.deprecated << '\n';
  JavaLog log(console.err, "org.apache.kafka.clients.consumer.KafkaConsumer");
  auto source = world.open(*order, &log);
  if (!source) return unknown_error(source.error(), console);
  Reading reading(*order, **source, world, console);
  const auto done = reading.run();
  source->reset();  // leaves its group
  console.err << fmt::format("Processed a total of {} messages\n", reading.count());
  if (!done) return unknown_error(done.error(), console);
  if (order->systest_events) console.out << "shutdown_complete\n" << std::flush;
  return kOk;
}

std::expected<std::unique_ptr<RecordSource>, std::string> open_source(const ConsumeOrder& order,
                                                                      JavaLog* log) {
  auto consumer = Consumer::open(order.consumer, log);
  if (!consumer) return std::unexpected(consumer.error());
  if (order.partition) {
    (*consumer)->assign({{*order.topic, *order.partition, order.offset}});
  } else if (order.topic) {
    (*consumer)->subscribe({*order.topic});
  } else {
    (*consumer)->subscribe_matching(order.pattern);
  }
  return std::move(*consumer);
}

}  // namespace barnabas::tools
