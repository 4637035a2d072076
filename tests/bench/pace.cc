// Steady producers, every record timed: what a change in the cluster costs its clients.
//
//   bench_pace BOOTSTRAP TOPIC PARTITIONS PRODUCERS PER_SECOND RECORD_BYTES [KEY=VALUE...]
//
// PRODUCERS stock clients, each with a partition of its own (spread evenly over the PARTITIONS of
// TOPIC), send PER_SECOND records each until standard input ends. Then, for each record that was
// acknowledged, one line: partition, when it was due, when it was acknowledged (seconds of
// CLOCK_MONOTONIC). A record is due by the clock, not when the client got round to it: what waits
// behind a stalled one counts as late. KEY=VALUE: librdkafka's settings; acks=all, linger.ms=0.
#include <librdkafka/rdkafkacpp.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "pace: %s\n", why.c_str());
  std::exit(1);
}

struct Plan {
  std::string bootstrap;
  std::string topic;
  int partitions = 0;
  int producers = 0;
  int per_second = 0;
  std::string value;
  std::vector<std::pair<std::string, std::string>> settings{{"acks", "all"}, {"linger.ms", "0"}};
};

double seconds(Clock::time_point at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

// One stock client and its partition; a thread of its own drives it.
class Pacer final : public RdKafka::DeliveryReportCb {
 public:
  Pacer(const Plan& plan, int number)
      : plan_(plan), partition_(number * plan.partitions / plan.producers) {
    const std::unique_ptr<RdKafka::Conf> conf(RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL));
    std::string error;
    const auto set = [&](const std::string& key, const auto& value) {
      if (conf->set(key, value, error) != RdKafka::Conf::CONF_OK) fail(error);
    };
    set("bootstrap.servers", plan.bootstrap);
    for (const auto& [key, setting] : plan.settings) set(key, setting);
    set("dr_cb", static_cast<RdKafka::DeliveryReportCb*>(this));
    set("log_level", std::string("0"));
    producer_.reset(RdKafka::Producer::create(conf.get(), error));
    if (!producer_) fail(error);
  }

  void dr_cb(RdKafka::Message& message) override {
    if (message.err() != RdKafka::ERR_NO_ERROR) {
      ++failed_;
    } else {
      acknowledged_.push_back({static_cast<Due*>(message.msg_opaque())->at, Clock::now()});
    }
    delete static_cast<Due*>(message.msg_opaque());
  }

  void run(const std::atomic<bool>* ended) {
    const auto interval = std::chrono::nanoseconds(1'000'000'000 / plan_.per_second);
    auto due = Clock::now();
    while (!*ended) {
      send(due);
      due += interval;
      serve_until(due);
    }
    if (producer_->flush(60'000) != RdKafka::ERR_NO_ERROR) fail("not everything was delivered");
  }

  void print() const {
    for (const auto& [due, done] : acknowledged_) {
      std::printf("%d %.6f %.6f\n", partition_, seconds(due), seconds(done));
    }
  }
  int failed() const { return failed_; }

 private:
  struct Due {
    Clock::time_point at;
  };
  struct Acknowledged {
    Clock::time_point due;
    Clock::time_point done;
  };

  void send(Clock::time_point due) {
    auto* opaque = new Due{due};
    const auto error = producer_->produce(plan_.topic, partition_, RdKafka::Producer::RK_MSG_COPY,
                                          const_cast<char*>(plan_.value.data()), plan_.value.size(),
                                          nullptr, 0, 0, opaque);
    if (error == RdKafka::ERR_NO_ERROR) return;
    ++failed_;
    delete opaque;
  }

  void serve_until(Clock::time_point due) {
    for (auto now = Clock::now(); now < due; now = Clock::now()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - now);
      producer_->poll(static_cast<int>(left.count()));
    }
    producer_->poll(0);
  }

  const Plan& plan_;
  const int partition_;
  std::vector<Acknowledged> acknowledged_;
  int failed_ = 0;
  std::unique_ptr<RdKafka::Producer> producer_;  // last: it reports deliveries until it is gone
};

Plan plan_of(const std::vector<std::string>& args) {
  if (args.size() < 6) fail("see the first lines of pace.cc");
  Plan plan{args[0],
            args[1],
            std::stoi(args[2]),
            std::stoi(args[3]),
            std::stoi(args[4]),
            std::string(std::stoul(args[5]), 'x')};
  for (std::size_t i = 6; i < args.size(); ++i) {
    const auto equals = args[i].find('=');
    plan.settings.emplace_back(args[i].substr(0, equals), args[i].substr(equals + 1));
  }
  return plan;
}

void await_end_of_input() {
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
}

}  // namespace

int main(int argc, char** argv) {
  const Plan plan = plan_of({argv + 1, argv + argc});
  std::vector<std::unique_ptr<Pacer>> pacers;
  for (int i = 0; i < plan.producers; ++i) pacers.push_back(std::make_unique<Pacer>(plan, i));
  std::atomic<bool> ended = false;
  {
    std::vector<std::jthread> threads;
    for (auto& pacer : pacers) threads.emplace_back([&] { pacer->run(&ended); });
    await_end_of_input();
    ended = true;
  }
  int failed = 0;
  for (const auto& pacer : pacers) {
    pacer->print();
    failed += pacer->failed();
  }
  if (failed > 0) std::fprintf(stderr, "pace: %d records were not acknowledged\n", failed);
  return 0;
}
