// Load for the broker benchmark, through librdkafka: what a stock client sees.
//
//   load BOOTSTRAP produce TOPIC RECORD_BYTES SECONDS ACKS   records/s and MB/s acknowledged
//   load BOOTSTRAP consume TOPIC RECORDS                     reads that many from the beginning
//   load BOOTSTRAP latency TOPIC RECORD_BYTES COUNT          one record in flight: p50 p99 p99.9 us
//
// Prints one line of JSON. CPU and memory of the broker are read by the script that runs this.
#include <librdkafka/rdkafkacpp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "load: %s\n", why.c_str());
  std::exit(1);
}

class Deliveries : public RdKafka::DeliveryReportCb {
 public:
  void dr_cb(RdKafka::Message& message) override {
    if (message.err() != RdKafka::ERR_NO_ERROR) fail(message.errstr());
    ++delivered;
  }
  std::uint64_t delivered = 0;
};

std::unique_ptr<RdKafka::Conf> config(const std::string& bootstrap) {
  std::unique_ptr<RdKafka::Conf> conf(RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL));
  std::string error;
  if (conf->set("bootstrap.servers", bootstrap, error) != RdKafka::Conf::CONF_OK) fail(error);
  return conf;
}

void set(RdKafka::Conf& conf, const char* key, const std::string& value) {
  std::string error;
  if (conf.set(key, value, error) != RdKafka::Conf::CONF_OK) fail(error);
}

// Bytes that do not repeat every few characters, so that nothing is gained by luck.
std::string payload(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint64_t state = 88172645463325252u;
  for (auto& c : text) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    c = static_cast<char>(state);
  }
  return text;
}

RdKafka::ErrorCode put(RdKafka::Producer& producer, const std::string& topic,
                       const std::string& value) {
  return producer.produce(topic, RdKafka::Topic::PARTITION_UA, RdKafka::Producer::RK_MSG_COPY,
                          const_cast<char*>(value.data()), value.size(), nullptr, 0, 0, nullptr);
}

int produce(const std::string& bootstrap, const std::string& topic, std::size_t bytes,
            double seconds, const std::string& acks) {
  auto conf = config(bootstrap);
  Deliveries deliveries;
  std::string error;
  set(*conf, "acks", acks);
  set(*conf, "linger.ms", "5");
  set(*conf, "batch.size", "1000000");
  set(*conf, "queue.buffering.max.messages", "1000000");
  conf->set("dr_cb", &deliveries, error);
  std::unique_ptr<RdKafka::Producer> producer(RdKafka::Producer::create(conf.get(), error));
  if (!producer) fail(error);
  const auto value = payload(bytes);
  const auto begin = Clock::now();
  while (seconds_since(begin) < seconds) {
    for (int i = 0; i < 100; ++i) {
      while (put(*producer, topic, value) == RdKafka::ERR__QUEUE_FULL) producer->poll(5);
    }
    producer->poll(0);
  }
  if (producer->flush(60'000) != RdKafka::ERR_NO_ERROR) fail("not everything was delivered");
  const auto took = seconds_since(begin);
  const auto count = static_cast<double>(deliveries.delivered);
  std::printf("{\"records\": %.0f, \"seconds\": %.3f, \"bytes\": %.0f}\n", count, took,
              count * static_cast<double>(bytes));
  return 0;
}

int consume(const std::string& bootstrap, const std::string& topic, std::uint64_t records) {
  auto conf = config(bootstrap);
  std::string error;
  set(*conf, "group.id", "bench");
  set(*conf, "enable.auto.commit", "false");
  set(*conf, "fetch.message.max.bytes", "1048576");
  set(*conf, "queued.max.messages.kbytes", "65536");
  // Its default of 100,000 is 10 MB of small records. librdkafka 2.0 that has as many asks no more
  // and notices only by a timer, up to a second later, that they were taken: the faster a broker
  // answers, the more often the client stands still.
  set(*conf, "queued.min.messages", "10000000");
  std::unique_ptr<RdKafka::KafkaConsumer> consumer(
      RdKafka::KafkaConsumer::create(conf.get(), error));
  if (!consumer) fail(error);
  std::vector<RdKafka::TopicPartition*> all{RdKafka::TopicPartition::create(topic, 0, 0)};
  consumer->assign(all);
  const auto begin = Clock::now();
  std::uint64_t got = 0, bytes = 0;
  while (got < records) {
    std::unique_ptr<RdKafka::Message> message(consumer->consume(10'000));
    if (message->err() != RdKafka::ERR_NO_ERROR) fail(message->errstr());
    ++got;
    bytes += message->len();
  }
  std::printf("{\"records\": %llu, \"seconds\": %.3f, \"bytes\": %llu}\n",
              static_cast<unsigned long long>(got), seconds_since(begin),
              static_cast<unsigned long long>(bytes));
  consumer->close();
  RdKafka::TopicPartition::destroy(all);
  return 0;
}

int latency(const std::string& bootstrap, const std::string& topic, std::size_t bytes, int count) {
  auto conf = config(bootstrap);
  Deliveries deliveries;
  std::string error;
  set(*conf, "acks", "1");
  set(*conf, "linger.ms", "0");
  conf->set("dr_cb", &deliveries, error);
  std::unique_ptr<RdKafka::Producer> producer(RdKafka::Producer::create(conf.get(), error));
  if (!producer) fail(error);
  const auto value = payload(bytes);
  std::vector<double> micros;
  for (int i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    const auto before = deliveries.delivered;
    if (put(*producer, topic, value) != RdKafka::ERR_NO_ERROR) fail("produce failed");
    while (deliveries.delivered == before) producer->poll(100);
    micros.push_back(seconds_since(begin) * 1e6);
  }
  micros.erase(micros.begin(),
               micros.begin() + std::min<std::ptrdiff_t>(200, count / 10));  // warm-up
  std::ranges::sort(micros);
  const auto at = [&](double q) {
    return micros[static_cast<std::size_t>(q * (micros.size() - 1))];
  };
  std::printf("{\"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f}\n", at(0.5), at(0.99), at(0.999));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 6 && args[1] == "produce") {
    return produce(args[0], args[2], std::stoul(args[3]), std::stod(args[4]), args[5]);
  }
  if (args.size() == 4 && args[1] == "consume") {
    return consume(args[0], args[2], std::stoull(args[3]));
  }
  if (args.size() == 5 && args[1] == "latency") {
    return latency(args[0], args[2], std::stoul(args[3]), std::stoi(args[4]));
  }
  fail("see the first lines of load.cc");
}
