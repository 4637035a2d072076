// The hot path's messages take from the heap what their vectors and strings need, and nothing else.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <vector>

#include "protocol/messages/fetch.h"
#include "protocol/messages/produce.h"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace barnabas::protocol {
namespace {

template <class F>
std::size_t allocations_of(F work) {
  const auto before = allocations;
  work();
  return allocations - before;
}

template <class Message>
std::vector<std::byte> encode(const Message& message, std::int16_t version) {
  Writer out;
  message.encode(out, version);
  return out.take().value().bytes;
}

ProduceRequest produce(std::vector<std::byte>& batch) {
  ProduceRequest request;
  auto& topic = request.topic_data.emplace_back();
  topic.name = "short";  // fits into the string itself
  topic.partition_data.resize(3);
  for (auto& partition : topic.partition_data) {
    partition.records = Records(env::MutableBytes(batch));
  }
  return request;
}

TEST(AllocationsTest, AProduceRequestTakesOneForEachVector) {
  std::vector<std::byte> batch(10000);
  auto frame = encode(produce(batch), 9);
  Reader in{env::MutableBytes(frame)};
  EXPECT_EQ(allocations_of([&] { EXPECT_TRUE(ProduceRequest::decode(in, 9).has_value()); }), 2u);
}

TEST(AllocationsTest, AFetchRequestTakesOneForEachVector) {
  FetchRequest request;
  request.topics.emplace_back().partitions.resize(3);
  auto frame = encode(request, 17);
  Reader in{env::MutableBytes(frame)};
  EXPECT_EQ(allocations_of([&] { EXPECT_TRUE(FetchRequest::decode(in, 17).has_value()); }), 2u);
}

TEST(AllocationsTest, AFetchResponseTakesItsBufferAndItsListOfSlices) {
  FetchResponse response;
  auto& partition = response.responses.emplace_back().partitions.emplace_back();
  partition.records = Records(env::FileSlice{nullptr, 0, 1000});
  std::expected<Encoded, EncodeError> encoded;
  EXPECT_EQ(allocations_of([&] {
              Writer out(200);
              response.encode(out, 17);
              encoded = out.take();
            }),
            2u);
  EXPECT_EQ(encoded->size, encoded->bytes.size() + 1000);
}

}  // namespace
}  // namespace barnabas::protocol
