#include "tools/perf/e2e_latency.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <vector>

#include "tools/client/consumer.h"
#include "tools/client/producer.h"
#include "tools/java_number.h"
#include "tools/options.h"

namespace barnabas::tools {
namespace {

constexpr Milliseconds kPatience{60'000};
constexpr Milliseconds kStep{10};
constexpr int kReportEvery = 1000;
constexpr std::string_view kUsage =
    "USAGE: java org.apache.kafka.tools.EndToEndLatency broker_list topic num_messages "
    "producer_acks message_size_bytes [optional] properties_file";

using Outcome = std::expected<void, std::string>;

struct LatencyOrder {
  std::string bootstrap;
  std::string topic;
  int records = 0;
  std::string acks;
  int size = 0;
  Properties common;
};

std::expected<int, std::string> number(const std::string& word) {
  int value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc() && end == word.data() + word.size()) return value;
  return std::unexpected(fmt::format("For input string: \"{}\"", word));
}

std::expected<LatencyOrder, std::string> order_of(std::span<const std::string> words) {
  if (words.size() != 5 && words.size() != 6) return std::unexpected(std::string(kUsage));
  const auto records = number(words[2]);
  if (!records) return std::unexpected(records.error());
  const auto size = number(words[4]);
  if (!size) return std::unexpected(size.error());
  if (words[3] != "1" && words[3] != "all") {
    return std::unexpected(
        "Latency testing requires synchronous acknowledgement. Please use 1 or all");
  }
  auto common = properties_file(words.size() == 6 ? std::optional(words[5]) : std::nullopt);
  if (!common) return std::unexpected(common.error());
  common->insert_or_assign("bootstrap.servers", words[0]);
  return LatencyOrder{words[0], words[1], *records, words[3], *size, std::move(*common)};
}

std::unexpected<std::string> runtime_exception(std::string_view sentence) {
  return std::unexpected(std::string(sentence));
}

// One run of the tool.
class Run {
 public:
  Run(const LatencyOrder& order, const env::Clock& clock, Console console)
      : order_(order), clock_(clock), console_(console) {}

  Outcome run(JavaLog* log) {
    if (auto ready = open(log); !ready) return ready;
    std::vector<std::int64_t> latencies;
    env::Duration total{};
    std::minstd_rand random(0);
    for (int i = 0; i < order_.records; ++i) {
      std::string text(static_cast<std::size_t>(order_.size), 'A');
      for (char& c : text) c = static_cast<char>('A' + random() % 26);
      const auto begin = clock_.now();
      if (auto there = pass(text); !there) return there;
      const env::Duration took = clock_.now() - begin;
      total += took;
      if (i % kReportEvery == 0) {
        console_.out << fmt::format("{}\t{}\n", i, java_text(milliseconds(took))) << std::flush;
      }
      latencies.push_back(std::chrono::duration_cast<Milliseconds>(took).count());
    }
    print(std::move(latencies), total);
    return {};
  }

 private:
  static double milliseconds(env::Duration span) {
    return std::chrono::duration<double, std::milli>(span).count();
  }

  Outcome open(JavaLog* log) {
    Properties reading = order_.common;
    const auto group = fmt::format("test-group-{}", clock_.wall().count());
    for (const auto& [key, value] : Properties{{"group.id", group},
                                               {"enable.auto.commit", "false"},
                                               {"auto.offset.reset", "latest"},
                                               {"fetch.max.wait.ms", "0"}}) {
      reading.insert_or_assign(key, value);
    }
    auto consumer = Consumer::open(reading, log);
    if (!consumer) return std::unexpected(consumer.error());
    consumer_ = std::move(*consumer);
    if (auto placed = go_to_the_end(); !placed) return placed;
    Properties writing = order_.common;
    writing.insert_or_assign("linger.ms", "0");
    writing.insert_or_assign("acks", order_.acks);
    auto producer = Producer::open(writing, log);
    if (!producer) return std::unexpected(producer.error());
    producer_ = std::move(*producer);
    return {};
  }

  Outcome go_to_the_end() {
    const auto deadline = clock_.now() + kPatience;
    std::vector<PartitionIndex> partitions;
    while (partitions.empty()) {  // a topic that was just made is not known everywhere
      if (clock_.now() > deadline) return runtime_exception("The topic has no partitions");
      partitions = consumer_->partitions(order_.topic, kPatience);
      consumer_->poll(kStep);
    }
    std::vector<PartitionOffset> ends;
    for (const auto partition : partitions) {
      const auto marks = consumer_->watermarks(order_.topic, partition, kPatience);
      if (!marks) return runtime_exception("The end of a partition cannot be found");
      ends.push_back({order_.topic, partition, marks->second});
    }
    consumer_->assign(ends);
    return {};
  }

  // There and back.
  Outcome pass(const std::string& text) {
    ClientRecord record;
    record.topic = order_.topic;
    record.value = text;
    std::string exception;
    producer_->send(std::move(record), [&exception](const Delivery& delivery) {
      if (!delivery) exception = delivery.error();
    });
    producer_->flush();
    if (!exception.empty()) return std::unexpected(exception);
    const auto deadline = clock_.now() + kPatience;
    while (clock_.now() < deadline) {
      const auto polled = consumer_->poll(kPatience);
      if (const auto* failure = std::get_if<Failure>(&polled)) {
        return std::unexpected(failure->exception);
      }
      const auto* back = std::get_if<ClientRecord>(&polled);
      if (back == nullptr) continue;
      if (back->value == text) return {};
      return runtime_exception(
          fmt::format("The message read [{}] did not match the message sent [{}]",
                      back->value.value_or("null"), text));
    }
    return runtime_exception(fmt::format(
        "poll() timed out before finding a result (timeout:[{}ms])", kPatience.count()));
  }

  void print(std::vector<std::int64_t> latencies, env::Duration total) {
    if (latencies.empty()) return;
    std::ranges::sort(latencies);
    const auto at = [&latencies](double share) {
      return latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size()))];
    };
    console_.out << fmt::format("Avg latency: {:.4f} ms\n",
                                milliseconds(total) / static_cast<double>(latencies.size()))
                 << fmt::format("Percentiles: 50th = {}, 99th = {}, 99.9th = {}\n", at(0.5),
                                at(0.99), at(0.999));
  }

  const LatencyOrder& order_;
  const env::Clock& clock_;
  Console console_;
  std::unique_ptr<Consumer> consumer_;
  std::unique_ptr<Producer> producer_;
};

}  // namespace

int run_e2e_latency(std::span<const std::string> words, const env::Clock& clock,
                    const EnsureTopic& ensure_topic, Console console) {
  const auto order = order_of(words);
  if (!order) return fail(order.error(), console);
  if (const int code = ensure_topic(order->bootstrap, order->topic); code != kOk) return code;
  JavaLog log(console.err, "org.apache.kafka.clients.consumer.KafkaConsumer");
  const auto ran = Run(*order, clock, console).run(&log);
  return ran ? kOk : fail(ran.error(), console);
}

}  // namespace barnabas::tools
