// A client that costs next to nothing: the same Produce frame again and again, Fetch answers thrown
// away. What it makes a server spend is the server's own cost, be it a broker or bench_raw_path.
//
//   bench_frames PORT produce TOPIC RECORD_BYTES BATCH_BYTES TOTAL_BYTES
//   bench_frames PORT fetch TOPIC RECORD_BYTES BATCH_BYTES TOTAL_BYTES SLICE_BYTES
//
// Produce keeps kInFlight frames unanswered; Fetch asks for a slice when it has the one before, as
// stock consumers do. Of what it fetches it knows only that it was produced by itself: batches of
// one size. Prints one line of JSON; `bytes` are bytes of batches.

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "env/posix/posix_clock.h"
#include "protocol/header.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/produce.h"
#include "protocol/records/builder.h"
#include "tests/bench/loopback.h"

namespace barnabas {
namespace {

constexpr std::int16_t kProduceVersion = 7, kFetchVersion = 11;  // librdkafka's
constexpr int kInFlight = 5;
constexpr std::size_t kSmallestAnswer = 16;

using Bytes = std::vector<std::byte>;

class Socket {
 public:
  explicit Socket(std::uint16_t port) : socket_(bench::connect_to(port)) {}

  void send(const Bytes& bytes) { bench::send_all(socket_, bytes); }

  // One whole answer, thrown away (MSG_TRUNC copies nothing); its length.
  std::size_t receive() {
    std::array<std::byte, 4> head;
    if (::recv(socket_, head.data(), head.size(), MSG_WAITALL) != 4) bench::fail("recv");
    const auto length = static_cast<std::size_t>(env::load_be<std::int32_t>(head.data()));
    for (auto left = length; left > 0;) {
      const auto got = ::recv(socket_, nullptr, left, MSG_TRUNC);
      if (got <= 0) bench::fail("recv");
      left -= static_cast<std::size_t>(got);
    }
    return length;
  }

 private:
  int socket_;
};

template <class Request>
Bytes frame_of(const Request& request, std::int16_t version) {
  protocol::Writer out;
  out.int32(0);
  protocol::RequestHeader{Request::kKey, version, 1, "bench"}.encode(out);
  request.encode(out, version);
  auto bytes = out.take()->bytes;
  env::store_be(bytes.data(), static_cast<std::int32_t>(bytes.size() - 4));
  return bytes;
}

struct Batch {
  Bytes bytes;
  std::int32_t records = 0;
};

Batch batch_of(std::size_t record_bytes, std::size_t batch_bytes) {
  const Timestamp time{env::PosixClock().wall().count()};
  Bytes value(record_bytes);
  std::uint64_t state = 88172645463325252u;
  for (auto& byte : value) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    byte = static_cast<std::byte>(state);
  }
  records::RecordBatchBuilder builder;
  while (builder.empty() || builder.size() + record_bytes + 20 <= batch_bytes) {
    builder.append(time, std::nullopt, env::Bytes(value));
  }
  const auto count = builder.count();
  return {builder.build(), count};
}

Bytes produce_frame(const std::string& topic, Batch& batch) {
  protocol::ProduceRequest request;
  request.acks = 1;
  request.timeout_ms = Millis{30'000};
  auto& row = request.topic_data.emplace_back();
  row.name = topic;
  row.partition_data.emplace_back().records = Records(env::MutableBytes(batch.bytes));
  return frame_of(request, kProduceVersion);
}

Bytes fetch_frame(const std::string& topic, Offset from, std::int32_t slice) {
  protocol::FetchRequest request;
  request.max_wait_ms = Millis{500};
  request.min_bytes = 1;
  request.max_bytes = slice;
  auto& row = request.topics.emplace_back();
  row.topic = topic;
  auto& partition = row.partitions.emplace_back();
  partition.fetch_offset = from;
  partition.partition_max_bytes = slice;
  return frame_of(request, kFetchVersion);
}

std::uint64_t produce(Socket& server, const Bytes& frame, std::size_t batch, std::uint64_t total) {
  std::uint64_t sent = 0;
  int unanswered = 0;
  for (; sent < total; sent += batch) {
    if (unanswered == kInFlight && server.receive() < kSmallestAnswer) bench::fail("produce");
    if (unanswered < kInFlight) ++unanswered;
    server.send(frame);
  }
  for (; unanswered > 0; --unanswered) server.receive();
  return sent;
}

std::uint64_t fetch(Socket& server, const std::string& topic, const Batch& batch,
                    std::uint64_t total, std::int32_t slice) {
  Offset next{0};
  std::uint64_t got = 0;
  while (got < total) {
    server.send(fetch_frame(topic, next, slice));
    const auto whole = server.receive() / batch.bytes.size();
    if (whole == 0) bench::fail("fetch: no whole batch");
    next = next + static_cast<std::int64_t>(whole) * batch.records;
    got += whole * batch.bytes.size();
  }
  return got;
}

int run(const std::vector<std::string>& args) {
  Socket server(static_cast<std::uint16_t>(std::stoi(args[0])));
  const auto& topic = args[2];
  auto batch = batch_of(std::stoul(args[3]), std::stoul(args[4]));
  const auto total = std::stoull(args[5]);
  const auto frame = produce_frame(topic, batch);
  const env::PosixClock clock;
  const auto begin = clock.now();
  const auto bytes = args[1] == "produce" ? produce(server, frame, batch.bytes.size(), total)
                                          : fetch(server, topic, batch, total,
                                                  static_cast<std::int32_t>(std::stol(args[6])));
  const std::chrono::duration<double> took = clock.now() - begin;
  std::printf("{\"bytes\": %llu, \"seconds\": %.4f, \"batch\": %zu}\n",
              static_cast<unsigned long long>(bytes), took.count(), batch.bytes.size());
  return 0;
}

}  // namespace
}  // namespace barnabas

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const bool produce = args.size() == 6 && args[1] == "produce";
  const bool fetch = args.size() == 7 && args[1] == "fetch";
  if (produce || fetch) return barnabas::run(args);
  std::fprintf(stderr, "see the first lines of frames.cc\n");
  return 1;
}
