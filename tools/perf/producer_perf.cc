#include "tools/perf/producer_perf.h"

#include <fmt/format.h>

#include "tools/argument_parser.h"
#include "tools/perf/latencies.h"
#include "tools/perf/payloads.h"
#include "tools/perf/throttle.h"

namespace barnabas::tools {
namespace {

using Type = ArgumentParser::Type;

const ArgumentParser& parser() {
  static const ArgumentParser made = [] {
    ArgumentParser p("producer-performance",
                     "This tool is used to verify the producer performance.");
    p.add({"topic", Type::kText, "TOPIC", "where the records go", true})
        .add({"num-records", Type::kLong, "NUM-RECORDS", "how many records to send", true})
        .add({"payload-delimiter", Type::kText, "PAYLOAD-DELIMITER",
              "what stands between the payloads of a file (\\n)"})
        .add({"throughput", Type::kDouble, "THROUGHPUT", "records a second at most; -1: no limit",
              true})
        .add({"producer-props", Type::kTexts, "PROP-NAME=PROP-VALUE", "settings of the producer"})
        .add({"producer.config", Type::kText, "CONFIG-FILE", "a file of such settings"})
        .add({"print-metrics", Type::kFlag, "", "taken and said to have no effect"})
        .add({"transactional-id", Type::kText, "TRANSACTIONAL-ID", "the id of the transactions"})
        .add({"transaction-duration-ms", Type::kLong, "TRANSACTION-DURATION",
              "how long a transaction is; 0: there are none"})
        .add({"record-size", Type::kInt, "RECORD-SIZE", "bytes of a record", false, {}, true})
        .add({"payload-file", Type::kText, "PAYLOAD-FILE", "records from a file", false, {}, true})
        .add({"payload-monotonic",
              Type::kFlag,
              "",
              "records are numbers that count up",
              false,
              {},
              true});
    return p;
  }();
  return made;
}

struct PerfOrder {
  std::string topic;
  std::int64_t records = 0;
  double throughput = -1;
  std::optional<Milliseconds> transaction;
  Properties producer;
};

std::expected<PerfOrder, std::string> order_of(const Arguments& arguments) {
  PerfOrder order;
  order.topic = *arguments.text("topic");
  order.records = **arguments.wide_number("num-records");
  order.throughput = std::stod(*arguments.text("throughput"));
  auto properties = properties_file(arguments.text("producer.config"));
  if (!properties) return std::unexpected(properties.error());
  order.producer = std::move(*properties);
  for (const auto& word : arguments.texts("producer-props")) {
    if (word.find('=') == std::string::npos) {
      return std::unexpected("java.lang.IllegalArgumentException: Invalid property: " + word);
    }
  }
  for (const auto& [key, value] : key_values(arguments.texts("producer-props"))) {
    order.producer.insert_or_assign(key, value);
  }
  const auto duration = arguments.wide_number("transaction-duration-ms")->value_or(0);
  if (duration > 0 || arguments.has("transactional-id")) {
    order.transaction = Milliseconds(duration > 0 ? duration : 3000);
    order.producer.insert_or_assign("transactional.id",
                                    arguments.text("transactional-id")
                                        .value_or("performance-producer-default-transactional-id"));
  }
  order.producer.try_emplace("client.id", "perf-producer-client");
  return order;
}

// One run of the tool.
class Run {
 public:
  Run(Producer& producer, const PerfOrder& order, Payloads payloads, const env::Clock& clock,
      Console console)
      : producer_(producer),
        order_(order),
        payloads_(std::move(payloads)),
        clock_(clock),
        console_(console),
        latencies_(order.records, clock.now()),
        throttle_(order.throughput, clock.now()) {}

  std::expected<void, std::string> run() {
    if (order_.transaction) {
      if (auto ready = producer_.init_transactions(); !ready) return ready;
    }
    std::optional<env::Instant> transaction;
    for (std::int64_t n = 0; n < order_.records; ++n) {
      if (order_.transaction && !transaction) {
        if (auto begun = producer_.begin_transaction(); !begun) return begun;
        transaction = clock_.now();
      }
      send(n);
      if (transaction && clock_.now() - *transaction >= *order_.transaction) {
        if (auto committed = producer_.commit_transaction(); !committed) return committed;
        transaction.reset();
      }
      keep_pace(n + 1);
    }
    if (transaction) {
      if (auto committed = producer_.commit_transaction(); !committed) return committed;
    }
    producer_.flush();
    console_.out << latencies_.total(clock_.now());
    return {};
  }

 private:
  void send(std::int64_t n) {
    ClientRecord record;
    record.topic = order_.topic;
    record.value = payloads_(n);
    const auto size = record.value->size();
    const auto sent = clock_.now();
    producer_.send(std::move(record), [this, size, sent](const Delivery& delivery) {
      if (!delivery) {
        console_.err << delivery.error() << '\n';
        return;
      }
      if (const auto line = latencies_.record(size, sent, clock_.now())) {
        console_.out << *line << std::flush;
      }
    });
  }

  void keep_pace(std::int64_t sent) {
    while (true) {
      const auto wait = throttle_.wait_after(sent, clock_.now());
      if (wait <= env::Duration::zero()) return;
      producer_.serve(std::chrono::ceil<Milliseconds>(wait));
    }
  }

  Producer& producer_;
  const PerfOrder& order_;
  Payloads payloads_;
  const env::Clock& clock_;
  Console console_;
  Latencies latencies_;
  Throttle throttle_;
};

int threw(std::string_view exception, Console console) {
  return fail(fmt::format("Exception in thread \"main\" {}", exception), console);
}

}  // namespace

int run_producer_perf(std::span<const std::string> words, const env::Clock& clock,
                      Console console) {
  const auto arguments = parser().begin(words, console);
  if (!arguments) return arguments.error();
  if (!arguments->has("producer-props") && !arguments->has("producer.config")) {
    return parser().refuse("Either --producer-props or --producer.config must be specified.",
                           console);
  }
  const auto order = order_of(*arguments);
  if (!order) return threw(order.error(), console);
  auto payloads = payloads_of(*arguments, console);
  if (!payloads) return threw(payloads.error(), console);
  JavaLog log(console.err, "org.apache.kafka.clients.producer.KafkaProducer");
  if (arguments->has("print-metrics")) log.warn("--print-metrics has no effect in this tool.");
  const auto producer = Producer::open(order->producer, &log);
  if (!producer) return threw(producer.error(), console);
  const auto ran = Run(**producer, *order, std::move(*payloads), clock, console).run();
  return ran ? kOk : threw(ran.error(), console);
}

}  // namespace barnabas::tools
