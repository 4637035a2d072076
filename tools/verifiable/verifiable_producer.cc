#include "tools/verifiable/verifiable_producer.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "tools/argument_parser.h"
#include "tools/perf/throttle.h"
#include "tools/verifiable/event.h"

namespace barnabas::tools {
namespace {

using Type = ArgumentParser::Type;

const ArgumentParser& parser() {
  static const ArgumentParser made = [] {
    constexpr auto kServers = "HOST1:PORT1[,HOST2:PORT2[...]]";
    ArgumentParser p("verifiable-producer",
                     "This tool sends numbers to a topic and says of each, in JSON, whether it was "
                     "stored.");
    p.add({"topic", Type::kText, "TOPIC", "where the records go", true})
        .add({"max-messages", Type::kInt, "MAX-MESSAGES", "how many; -1: until it is stopped"})
        .add({"throughput", Type::kInt, "THROUGHPUT", "records a second at most; -1: no limit"})
        .add({"acks", Type::kInt, "ACKS", "who must have stored a record", false, {"0", "1", "-1"}})
        .add({"producer.config", Type::kText, "CONFIG_FILE", "a file of settings"})
        .add({"message-create-time", Type::kLong, "CREATETIME",
              "the time of the first record; the others follow"})
        .add({"value-prefix", Type::kInt, "VALUE-PREFIX", "a number before each value"})
        .add({"repeating-keys", Type::kInt, "REPEATING-KEYS", "keys count up to it, then again"})
        .add({"bootstrap-server", Type::kText, kServers, "brokers", false, {}, true})
        .add({"broker-list", Type::kText, kServers, "DEPRECATED: the same", false, {}, true});
    return p;
  }();
  return made;
}

struct SendOrder {
  std::string topic;
  std::int64_t most = -1;
  int throughput = -1;
  std::optional<int> prefix;
  std::optional<int> keys;
  std::int64_t create_time = -1;
  Properties producer;
};

int number(const Arguments& arguments, std::string_view name, int otherwise) {
  return arguments.number(name)->value_or(otherwise);
}

std::expected<SendOrder, std::string> order_of(const Arguments& arguments) {
  SendOrder order;
  order.topic = *arguments.text("topic");
  order.most = number(arguments, "max-messages", -1);
  order.throughput = number(arguments, "throughput", -1);
  order.prefix = *arguments.number("value-prefix");
  order.keys = *arguments.number("repeating-keys");
  order.create_time = arguments.wide_number("message-create-time")->value_or(-1);
  auto properties = properties_file(arguments.text("producer.config"));
  if (!properties) return std::unexpected(properties.error());
  order.producer = std::move(*properties);
  const auto server = arguments.text("bootstrap-server");
  const auto set = [&order](const std::string& key, const std::string& value) {
    order.producer.insert_or_assign(key, value);
  };
  set("bootstrap.servers", server ? *server : *arguments.text("broker-list"));
  set("acks", std::to_string(number(arguments, "acks", -1)));
  set("retries", "0");
  return order;
}

// One run of the tool.
class Run {
 public:
  Run(RecordSink& sink, const SendOrder& order, const VerifiableWorld& world, Console console)
      : sink_(sink),
        order_(order),
        world_(world),
        events_(world.clock, console),
        begin_(world.clock.now()),
        throttle_(order.throughput, begin_) {}

  void run() {
    events_.write("startup_complete");
    for (std::int64_t n = 0; (order_.most < 0 || n < order_.most) && !world_.interrupted(); ++n) {
      send(n);
      keep_pace();
    }
    sink_.flush();
    events_.write("shutdown_complete");
    const auto took = std::chrono::duration<double>(world_.clock.now() - begin_).count();
    events_.write("tool_data",
                  {{"sent", sent_},
                   {"acked", acked_},
                   {"target_throughput", order_.throughput},
                   {"avg_throughput", took > 0 ? static_cast<double>(acked_) / took : 0.0}});
  }

 private:
  void send(std::int64_t n) {
    ClientRecord record;
    record.topic = order_.topic;
    record.value = order_.prefix ? fmt::format("{}.{}", *order_.prefix, n) : std::to_string(n);
    if (order_.keys && *order_.keys > 0) record.key = std::to_string(n % *order_.keys);
    if (order_.create_time >= 0) {
      const auto passed = world_.clock.now() - begin_;
      record.timestamp =
          Timestamp(order_.create_time + std::chrono::duration_cast<Milliseconds>(passed).count());
    }
    ++sent_;
    auto key = record.key;
    auto value = record.value;
    sink_.send(std::move(record),
               [this, key = std::move(key), value = std::move(value)](const Delivery& delivery) {
                 answered(key, value, delivery);
               });
  }

  void answered(const Field& key, const Field& value, const Delivery& delivery) {
    boost::json::object fields{{"key", json_of(key)}, {"value", json_of(value)}};
    if (delivery) {
      ++acked_;
      fields["offset"] = delivery->offset.value;
      fields["topic"] = order_.topic;
      fields["partition"] = delivery->partition.value;
      return events_.write("producer_send_success", std::move(fields));
    }
    const auto colon = std::min(delivery.error().find(": "), delivery.error().size());
    fields["message"] = delivery.error().substr(std::min(colon + 2, delivery.error().size()));
    fields["exception"] = "class " + delivery.error().substr(0, colon);
    fields["topic"] = order_.topic;
    events_.write("producer_send_error", std::move(fields));
  }

  void keep_pace() {
    while (!world_.interrupted()) {
      const auto wait = throttle_.wait_after(sent_, world_.clock.now());
      if (wait <= env::Duration::zero()) return;
      sink_.serve(std::chrono::ceil<Milliseconds>(wait));
    }
  }

  RecordSink& sink_;
  const SendOrder& order_;
  const VerifiableWorld& world_;
  EventLog events_;
  env::Instant begin_;
  Throttle throttle_;
  std::int64_t sent_ = 0;
  std::int64_t acked_ = 0;
};

}  // namespace

int run_verifiable_producer(std::span<const std::string> words, const VerifiableWorld& world,
                            Console console) {
  const auto arguments = parser().begin(words, console);
  if (!arguments) return arguments.error();
  const auto order = order_of(*arguments);
  if (!order) return parser().refuse(order.error(), console);
  JavaLog log(console.err, "org.apache.kafka.clients.producer.KafkaProducer");
  const auto sink = world.open(order->producer, &log);
  if (!sink) return fail(fmt::format("Exception in thread \"main\" {}", sink.error()), console);
  Run(**sink, *order, world, console).run();
  return kOk;
}

}  // namespace barnabas::tools
