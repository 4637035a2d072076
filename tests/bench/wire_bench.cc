// Decoding and encoding the hot messages, and the CRC of a batch.
#include <benchmark/benchmark.h>

#include "protocol/messages/fetch.h"
#include "protocol/messages/produce.h"
#include "protocol/reader.h"
#include "protocol/records/crc32c.h"
#include "protocol/writer.h"

namespace barnabas {
namespace {

std::vector<std::byte> produce_request(std::size_t records_bytes) {
  std::vector<std::byte> records(records_bytes);
  protocol::ProduceRequest request;
  request.acks = 1;
  request.timeout_ms = Millis{30'000};
  auto& topic = request.topic_data.emplace_back();
  topic.name = "a-topic-of-usual-length";
  auto& partition = topic.partition_data.emplace_back();
  partition.records = Records(env::MutableBytes(records));
  protocol::Writer out;
  request.encode(out, 9);
  return out.take()->bytes;
}

void decode_produce(benchmark::State& state) {
  auto frame = produce_request(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    protocol::Reader in{env::MutableBytes(frame)};
    auto request = protocol::ProduceRequest::decode(in, 9);
    benchmark::DoNotOptimize(request);
  }
}
BENCHMARK(decode_produce)->Arg(128)->Arg(16 << 10);

void encode_fetch_response(benchmark::State& state) {
  protocol::FetchResponse response;
  auto& topic = response.responses.emplace_back();
  for (int i = 0; i < state.range(0); ++i) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = PartitionIndex{i};
    partition.records = Records(env::FileSlice{nullptr, 0, 1000});
  }
  for (auto _ : state) {
    protocol::Writer out(128 + 64 * topic.partitions.size());
    response.encode(out, 13);
    auto encoded = out.take();
    benchmark::DoNotOptimize(encoded);
  }
}
BENCHMARK(encode_fetch_response)->Arg(1)->Arg(100);

void crc32c(benchmark::State& state) {
  const std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(records::crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(crc32c)->Arg(120)->Arg(16 << 10)->Arg(1 << 20);

}  // namespace
}  // namespace barnabas
