// How long a controller takes to take up its role, by the number of partitions, on the ZooKeeper
// model and with brokers that answer at once: CPU time of our code and of the model, no network.
//
//   bench_failover [PARTITIONS...]      10000 and 100000 if none
#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "controller/controller.h"
#include "env/log.h"
#include "env/posix/posix_clock.h"
#include "protocol/header.h"
#include "protocol/messages/leader_and_isr.h"
#include "protocol/messages/stop_replica.h"
#include "protocol/messages/update_metadata.h"
#include "protocol/reader.h"
#include "protocol/writer.h"
#include "tests/support/virtual_loop.h"
#include "zk/model/connector.h"
#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas {
namespace {

using namespace std::chrono_literals;

constexpr int kBrokers = 10;
constexpr int kPartitionsPerTopic = 100;

// Brokers that take every request and say yes.
class Yes final : public env::Network {
 public:
  std::unique_ptr<env::Channel> connect(env::Address, env::Executor) override {
    return std::make_unique<Channel>(this);
  }
  std::size_t bytes = 0;

 private:
  class Channel final : public env::Channel {
   public:
    explicit Channel(Yes* yes) : yes_(yes) {}
    env::Task<env::IoResult<env::Frame>> call(env::Frame request, env::Duration) override {
      yes_->bytes += request.size();
      co_return answer(request);
    }
    void close() override {}

   private:
    Yes* yes_;
  };

  template <class Response>
  static env::Frame yes(const protocol::RequestHeader& header) {
    protocol::Writer out;
    const protocol::ResponseHeader answered{header.correlation_id};
    answered.encode(out, header.key, header.version);
    Response{}.encode(out, header.version);
    return out.take().value().bytes;
  }
  static env::Frame answer(env::Frame& frame) {
    protocol::Reader in{env::MutableBytes(frame)};
    const auto header = protocol::RequestHeader::decode(in).value();
    if (header.key == ApiKey::kLeaderAndIsr) return yes<protocol::LeaderAndIsrResponse>(header);
    if (header.key == ApiKey::kUpdateMetadata) return yes<protocol::UpdateMetadataResponse>(header);
    return yes<protocol::StopReplicaResponse>(header);
  }
};

std::size_t resident_kib() {
  std::ifstream status("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  status >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

// Of the whole process, user and system: what other work on the machine does not change much.
double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Cost {
  double seconds = 0;
  double cpu = 0;
};

class Cluster {
 public:
  explicit Cluster(int partitions) {
    for (const char* path : zk::paths::kTopLevel) make_path(path);
    for (int id = 1; id <= kBrokers; ++id) {
      zk::BrokerRegistration broker;
      broker.endpoints.push_back({"PLAINTEXT", "PLAINTEXT", "127.0.0.1", id});
      broker.timestamp = Timestamp{1};
      put(zk::paths::broker(BrokerId{id}), broker.encode());
    }
    for (int topic = 0; topic * kPartitionsPerTopic < partitions; ++topic) make_topic(topic);
  }

  // From an idle broker to a controller that has told everybody everything.
  Cost take_up() {
    zk::model::ModelConnector connector(server_, loop_.clock);
    zk::Client client(connector, {"model:2181", 18s, 10}, loop_.clock, loop_.executor());
    controller::ControllerConfig config;
    config.broker_id = BrokerId{1};
    controller::Controller controller(config, client, network_, loop_.clock, loop_.executor(),
                                      random_);
    loop_.run(client.start(10s));
    const env::Instant begin = watch_.now();
    const double cpu_before = cpu_seconds();
    loop_.run(controller.startup(BrokerEpoch{1}));
    loop_.run(controller.idle());
    loop_.pass(1ms);
    const double cpu = cpu_seconds() - cpu_before;
    const std::chrono::duration<double> took = watch_.now() - begin;
    if (!controller.is_active()) std::abort();
    held_kib = resident_kib();
    loop_.run(controller.shutdown());
    loop_.run(client.stop());
    return {took.count(), cpu};
  }
  std::size_t bytes_sent() const { return network_.bytes; }
  std::size_t held_kib = 0;

 private:
  void put(const std::string& path, std::string data) {
    if (!server_.operate(zk::Create{path, std::move(data)})) std::abort();
  }
  void make_path(const std::string& path) {
    if (server_.tree().find(path) != nullptr) return;
    const std::string parent(zk::paths::parent(path));
    if (parent.size() > 1) make_path(parent);
    if (!server_.operate(zk::Create{path, std::nullopt})) std::abort();
  }
  TopicId random_id() {
    TopicId id;
    for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random_.next());
    return id;
  }
  void make_topic(int number) {
    const std::string name = fmt::format("topic-{}", number);
    zk::TopicAssignment topic;
    topic.topic_id = random_id();
    std::vector<zk::PartitionState> states;
    for (int p = 0; p < kPartitionsPerTopic; ++p) {
      std::vector<BrokerId> replicas;
      for (int r = 0; r < 3; ++r) replicas.push_back(BrokerId{(number + p + r) % kBrokers + 1});
      topic.partitions[PartitionIndex{p}].replicas = replicas;
      zk::PartitionState state;
      state.leader = replicas.front();
      state.isr = replicas;
      states.push_back(std::move(state));
    }
    put(zk::paths::topic(name), topic.encode());
    put(zk::paths::topic(name) + "/partitions", "");
    for (int p = 0; p < kPartitionsPerTopic; ++p) {
      const std::string path = zk::paths::partition_state({name, PartitionIndex{p}});
      put(std::string(zk::paths::parent(path)), "");
      put(path, states[static_cast<std::size_t>(p)].encode());
    }
  }

  env::PosixClock watch_;
  barnabas::testing::VirtualLoop loop_;
  barnabas::testing::SeededRandom random_{7};
  zk::model::ModelServer server_{loop_.executor(), loop_.clock, random_};
  Yes network_;
};

void measure(int partitions) {
  Cluster cluster(partitions);
  const std::size_t before = resident_kib();
  const Cost cost = cluster.take_up();
  const std::size_t grown = cluster.held_kib - before;
  fmt::print(
      "{:>7} partitions: {:.2f} s ({:.2f} s of CPU), {:.0f} bytes of memory each, {:.1f} MB of "
      "requests\n",
      partitions, cost.seconds, cost.cpu, static_cast<double>(grown) * 1024 / partitions,
      static_cast<double>(cluster.bytes_sent()) / 1e6);
}

}  // namespace
}  // namespace barnabas

int main(int argc, char** argv) {
  barnabas::env::set_log_level("root", barnabas::env::LogLevel::kOff);
  std::vector<int> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::atoi(argv[i]));
  if (sizes.empty()) sizes = {10'000, 100'000};
  for (const int size : sizes) barnabas::measure(size);
}
