#include "tools/perf/consumer_perf.h"

#include <fmt/format.h>

#include "tools/client/consumer.h"
#include "tools/options.h"
#include "tools/perf/consumed.h"

namespace barnabas::tools {
namespace {

constexpr Milliseconds kPoll{100};
constexpr std::string_view kDateFormat = "yyyy-MM-dd HH:mm:ss:SSS";

Options options() {
  Options described("This tool is used to verify the consumer performance.");
  described.help_and_version()
      .value("bootstrap-server", "String: server to connect to",
             "REQUIRED unless --broker-list is given: One or more brokers, with commas.")
      .value("broker-list", "String: broker-list", "DEPRECATED: the same.")
      .value("topic", "String: topic", "REQUIRED: What to read.")
      .value("messages", "Long: count", "REQUIRED: How many records to read.")
      .value("group", "String: gid", "The group to be in (perf-consumer-N).")
      .value("fetch-size", "Integer: size", "Bytes of a partition in one answer (1048576).")
      .flag("from-latest", "Where the group has no offset yet, begin with the next record.")
      .value("socket-buffer-size", "Integer: size", "The socket's receive buffer (2097152).")
      .value("threads", "Integer: count", "DEPRECATED: without effect.")
      .value("num-fetch-threads", "Integer: count", "DEPRECATED: without effect.")
      .value("consumer.config", "String: config file", "Settings of the consumer.")
      .flag("print-metrics", "Taken and said to have no effect.")
      .flag("show-detailed-stats", "A line for each interval instead of one at the end.")
      .optional_value("timeout", "Long: milliseconds",
                      "End when none has come for so long (10000).")
      .value("reporting-interval", "Long: interval_ms", "How long an interval is (5000).")
      .value("date-format", "String: date format", "How times are printed.")
      .flag("hide-header", "Leave out the names of the columns.");
  return described;
}

struct PerfOrder {
  std::string topic;
  std::int64_t records = 0;
  Milliseconds timeout{10'000};
  env::WallTime interval{5000};
  bool detailed = false;
  std::string date_format{kDateFormat};
  Properties consumer;
};

// The numbers among the options; the error is a sentence.
std::expected<std::int64_t, std::string> number(const Arguments& arguments, std::string_view name,
                                                std::int64_t otherwise) {
  const auto given = arguments.wide_number(name);
  if (!given) return std::unexpected(given.error());
  return given->value_or(otherwise);
}

std::expected<PerfOrder, std::string> order_of(const Arguments& arguments,
                                               const std::function<int()>& random) {
  PerfOrder order;
  order.topic = *arguments.text("topic");
  order.detailed = arguments.has("show-detailed-stats");
  order.date_format = arguments.text("date-format").value_or(order.date_format);
  const auto records = number(arguments, "messages", 0);
  const auto timeout = number(arguments, "timeout", order.timeout.count());
  const auto interval = number(arguments, "reporting-interval", order.interval.count());
  const auto fetch = number(arguments, "fetch-size", 1'048'576);
  const auto buffer = number(arguments, "socket-buffer-size", 2'097'152);
  for (const auto* given : {&records, &timeout, &interval, &fetch, &buffer}) {
    if (!*given) return std::unexpected(given->error());
  }
  order.records = *records;
  order.timeout = Milliseconds(*timeout);
  order.interval = env::WallTime(*interval);
  auto properties = properties_file(arguments.text("consumer.config"));
  if (!properties) return std::unexpected(properties.error());
  order.consumer = std::move(*properties);
  const auto server = arguments.text("bootstrap-server");
  const auto set = [&order](const std::string& key, std::string value) {
    order.consumer.insert_or_assign(key, std::move(value));
  };
  set("bootstrap.servers", server ? *server : *arguments.text("broker-list"));
  set("group.id", arguments.text("group").value_or(fmt::format("perf-consumer-{}", random())));
  set("receive.buffer.bytes", std::to_string(*buffer));
  set("max.partition.fetch.bytes", std::to_string(*fetch));
  set("auto.offset.reset", arguments.has("from-latest") ? "latest" : "earliest");
  set("check.crcs", "false");
  order.consumer.try_emplace("client.id", "perf-consumer-client");
  return order;
}

// One run of the tool.
class Run {
 public:
  Run(const PerfOrder& order, const env::Clock& clock, Console console)
      : order_(order), clock_(clock), console_(console) {}

  // The error is the text of an exception.
  std::expected<void, std::string> run(JavaLog* log) {
    const auto consumer = Consumer::open(
        order_.consumer, log,
        {[this](const auto&) { joined(); }, [this](const auto&) { leaving_ = clock_.wall(); }});
    if (!consumer) return std::unexpected(consumer.error());
    first_.at = clock_.wall();
    leaving_ = first_.at;
    reported_ = first_;
    (*consumer)->subscribe({order_.topic});
    if (auto done = read(**consumer); !done) return done;
    now_.at = clock_.wall();
    if (now_.records < order_.records) {
      console_.out << fmt::format(
          "WARNING: Exiting before consuming the expected number of messages: timeout ({} ms) "
          "exceeded. You can use the --timeout option to increase the timeout.\n",
          order_.timeout.count());
    }
    if (!order_.detailed) {
      console_.out << consumed_total(first_, now_, joining_, order_.date_format);
    }
    return {};
  }

 private:
  void joined() {
    const auto took = clock_.wall() - leaving_;
    joining_ += took;
    joining_since_report_ += took;
  }

  std::expected<void, std::string> read(Consumer& consumer) {
    auto heard = clock_.now();
    while (now_.records < order_.records && clock_.now() - heard <= order_.timeout) {
      const auto polled = consumer.poll(kPoll);
      if (const auto* failure = std::get_if<Failure>(&polled)) {
        return std::unexpected(failure->exception);
      }
      const auto* record = std::get_if<ClientRecord>(&polled);
      if (record == nullptr) continue;
      heard = clock_.now();
      ++now_.records;
      now_.bytes += static_cast<std::int64_t>((record->key ? record->key->size() : 0) +
                                              (record->value ? record->value->size() : 0));
      now_.at = clock_.wall();
      if (now_.at - reported_.at >= order_.interval) report();
    }
    return {};
  }

  void report() {
    if (order_.detailed) {
      console_.out << consumed_progress(reported_, now_, joining_since_report_, order_.date_format)
                   << std::flush;
    }
    joining_since_report_ = env::WallTime::zero();
    reported_ = now_;
  }

  const PerfOrder& order_;
  const env::Clock& clock_;
  Console console_;
  Consumed first_;
  Consumed reported_;
  Consumed now_;
  env::WallTime leaving_{};
  env::WallTime joining_{};
  env::WallTime joining_since_report_{};
};

}  // namespace

int run_consumer_perf(std::span<const std::string> words, const env::Clock& clock,
                      const std::function<int()>& random, Console console) {
  const auto described = options();
  const auto arguments = described.parse(words);
  if (!arguments) return usage_error(described, arguments.error(), console);
  if (const auto answered = answer_common(described, *arguments, false, console)) return *answered;
  if (!arguments->has("bootstrap-server") && !arguments->has("broker-list")) {
    return usage_error(described, "Missing required option(s) [bootstrap-server]", console);
  }
  for (const std::string_view name : {"topic", "messages"}) {
    if (arguments->has(name)) continue;
    return usage_error(described, fmt::format("Missing required argument \"[{}]\"", name), console);
  }
  const auto order = order_of(*arguments, random);
  if (!order) return fail(order.error(), console);
  if (arguments->has("threads") || arguments->has("num-fetch-threads")) {
    console.out << "WARNING: option [threads] and [num-fetch-threads] have been deprecated and "
                   "will be ignored by the test\n";
  }
  if (!arguments->has("hide-header")) console.out << consumed_header(order->detailed);
  if (order->interval.count() <= 0) {
    return fail("Reporting interval must be greater than 0.", console);
  }
  JavaLog log(console.err, "org.apache.kafka.clients.consumer.KafkaConsumer");
  if (arguments->has("print-metrics")) log.warn("--print-metrics has no effect in this tool.");
  const auto ran = Run(*order, clock, console).run(&log);
  return ran ? kOk : fail(ran.error(), console);
}

}  // namespace barnabas::tools
