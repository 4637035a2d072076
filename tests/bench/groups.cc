// Groups of one member each that commit their offsets and send heartbeats, and nothing else: what
// they make a broker spend is the coordinator's own cost.
//
//   bench_groups PORT TOPIC PREFIX GROUPS OFFSETS PER_SECOND SECONDS
//
// Joins GROUPS groups, whose ids begin with PREFIX, then lets each commit OFFSETS offsets of TOPIC
// in turn: PER_SECOND offsets in all, or as many as the broker takes if that is 0. Prints one line
// of JSON; times are from sending to answer, in microseconds.
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "env/posix/posix_clock.h"
#include "protocol/header.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/join_group.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/sync_group.h"
#include "tests/bench/loopback.h"

namespace barnabas {
namespace {

constexpr int kConnections = 64;  // a request holds its connection until it is answered
constexpr auto kHeartbeatInterval = std::chrono::seconds(3);

class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(bench::connect_to(port)) {}

  template <class Request>
  typename Request::Response ask(const Request& request, std::int16_t version) {
    protocol::Writer out;
    out.int32(0);
    protocol::RequestHeader{Request::kKey, version, 1, "bench"}.encode(out);
    request.encode(out, version);
    auto frame = out.take()->bytes;
    env::store_be(frame.data(), static_cast<std::int32_t>(frame.size() - 4));
    send(frame);
    receive();
    protocol::Reader in{env::MutableBytes(answer_)};
    in.int32();  // the correlation id
    auto response = Request::Response::decode(in, version);
    if (!response) bench::fail("an answer that cannot be read");
    return *std::move(response);
  }

 private:
  void send(const std::vector<std::byte>& bytes) { bench::send_all(socket_, bytes); }
  void receive() {
    std::array<std::byte, 4> head;
    if (::recv(socket_, head.data(), head.size(), MSG_WAITALL) != 4) bench::fail("recv");
    answer_.resize(static_cast<std::size_t>(env::load_be<std::int32_t>(head.data())));
    const auto got = ::recv(socket_, answer_.data(), answer_.size(), MSG_WAITALL);
    if (got != static_cast<ssize_t>(answer_.size())) bench::fail("recv");
  }

  int socket_;
  std::vector<std::byte> answer_;
};

void check(ErrorCode error, const char* what) {
  if (error != ErrorCode::kNone) bench::fail(std::string(what) + ": " + std::string(name(error)));
}

struct Plan {
  std::uint16_t port;
  std::string topic, prefix;
  int groups, offsets, per_second, seconds;
};

struct Group {
  std::string id;
  std::string member;
  Generation generation{};
  env::Instant next_heartbeat{};
};

// One connection with its share of the groups.
class Worker {
 public:
  Worker(const Plan& plan, int number) : plan_(plan), server_(plan.port) {
    for (int i = number; i < plan.groups; i += kConnections) {
      groups_.push_back({.id = plan.prefix + std::to_string(i)});
    }
  }

  void join_all() {
    for (auto& group : groups_) join(group);
  }

  // Until `end`; one commit every `interval`.
  void commit_all(env::Instant end, env::Duration interval) {
    auto due = clock_.now();
    for (std::size_t i = 0; clock_.now() < end; i = (i + 1) % groups_.size()) {
      wait_until(due);
      due += interval;
      auto& group = groups_[i];
      if (clock_.now() >= group.next_heartbeat) beat(group);
      commit(group);
    }
  }

  std::vector<double> micros;  // of each commit
  int heartbeats = 0;

 private:
  // To the millisecond: what is sent early now is made good by the next wait.
  void wait_until(env::Instant due) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due - clock_.now());
    if (left.count() > 0) ::poll(nullptr, 0, static_cast<int>(left.count()));
  }

  void join(Group& group) {
    protocol::JoinGroupRequest join;
    join.group_id = group.id;
    join.session_timeout_ms = join.rebalance_timeout_ms = Millis{60'000};
    join.protocol_type = "consumer";
    join.protocols.emplace_back().name = "range";
    const auto joined = server_.ask(join, 3);
    check(joined.error_code, "JoinGroup");
    group.member = joined.member_id;
    group.generation = joined.generation_id;
    protocol::SyncGroupRequest sync;
    sync.group_id = group.id;
    sync.member_id = group.member;
    sync.generation_id = group.generation;
    sync.assignments.emplace_back().member_id = group.member;
    check(server_.ask(sync, 3).error_code, "SyncGroup");
    group.next_heartbeat = clock_.now() + kHeartbeatInterval;
  }

  void beat(Group& group) {
    protocol::HeartbeatRequest request;
    request.group_id = group.id;
    request.member_id = group.member;
    request.generation_id = group.generation;
    check(server_.ask(request, 3).error_code, "Heartbeat");
    group.next_heartbeat = clock_.now() + kHeartbeatInterval;
    ++heartbeats;
  }

  void commit(const Group& group) {
    protocol::OffsetCommitRequest request;
    request.group_id = group.id;
    request.member_id = group.member;
    request.generation_id_or_member_epoch = group.generation;
    auto& topic = request.topics.emplace_back();
    topic.name = plan_.topic;
    for (int partition = 0; partition < plan_.offsets; ++partition) {
      auto& row = topic.partitions.emplace_back();
      row.partition_index = PartitionIndex{partition};
      row.committed_offset = Offset{++offset_};
      row.committed_metadata = "";
    }
    const auto begin = clock_.now();
    const auto answer = server_.ask(request, 7);
    micros.push_back(std::chrono::duration<double, std::micro>(clock_.now() - begin).count());
    for (const auto& row : answer.topics.at(0).partitions) check(row.error_code, "OffsetCommit");
  }

  const Plan plan_;
  const env::PosixClock clock_;
  Connection server_;
  std::vector<Group> groups_;
  std::int64_t offset_ = 0;
};

// Runs `work` on every worker at once; how many seconds that took.
template <class Work>
double on_all(std::vector<Worker>& workers, Work work) {
  const env::PosixClock clock;
  const auto begin = clock.now();
  std::vector<std::jthread> threads;
  for (auto& worker : workers) threads.emplace_back([&worker, &work] { work(worker); });
  threads.clear();
  return std::chrono::duration<double>(clock.now() - begin).count();
}

int run(const Plan& plan) {
  std::vector<Worker> workers;
  for (int i = 0; i < kConnections; ++i) workers.emplace_back(plan, i);
  const auto joining = on_all(workers, [](Worker& worker) { worker.join_all(); });

  const auto end = env::PosixClock().now() + std::chrono::seconds(plan.seconds);
  auto interval = env::Duration::zero();
  if (plan.per_second > 0) {
    interval = std::chrono::nanoseconds(std::chrono::seconds(1)) * plan.offsets * kConnections /
               plan.per_second;
  }
  const auto took = on_all(workers, [&](Worker& worker) { worker.commit_all(end, interval); });

  std::vector<double> micros;
  int heartbeats = 0;
  for (const auto& worker : workers) {
    micros.insert(micros.end(), worker.micros.begin(), worker.micros.end());
    heartbeats += worker.heartbeats;
  }
  std::ranges::sort(micros);
  const auto at = [&](double share) {
    return micros[static_cast<std::size_t>(static_cast<double>(micros.size() - 1) * share)];
  };
  std::printf(
      "{\"join_seconds\": %.3f, \"seconds\": %.3f, \"offsets\": %zu, \"commits\": %zu, "
      "\"heartbeats\": %d, \"p50\": %.0f, \"p99\": %.0f, \"worst\": %.0f}\n",
      joining, took, micros.size() * static_cast<std::size_t>(plan.offsets), micros.size(),
      heartbeats, at(0.5), at(0.99), at(1.0));
  return 0;
}

}  // namespace
}  // namespace barnabas

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 7) {
    const auto number = [&](std::size_t i) { return std::stoi(args[i]); };
    return barnabas::run({static_cast<std::uint16_t>(number(0)), args[1], args[2], number(3),
                          number(4), number(5), number(6)});
  }
  std::fprintf(stderr, "see the first lines of groups.cc\n");
  return 1;
}
