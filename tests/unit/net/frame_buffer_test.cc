#include "broker/net/frame_buffer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "env/big_endian.h"

namespace barnabas::broker::net {
namespace {

constexpr std::int32_t kMaxFrame = 100 << 20;

class FrameBufferTest : public testing::Test {
 protected:
  // As if the peer had sent these bytes, in pieces of at most `piece`.
  void send(const std::string& bytes, std::size_t piece = SIZE_MAX) {
    for (std::size_t at = 0; at < bytes.size();) {
      const auto space = buffer.space();
      const auto n = std::min({space.size(), piece, bytes.size() - at});
      std::memcpy(space.data(), bytes.data() + at, n);
      buffer.received(n);
      at += n;
    }
  }
  static std::string frame(const std::string& body) {
    std::string bytes(4, '\0');
    env::store_be(reinterpret_cast<std::byte*>(bytes.data()),
                  static_cast<std::int32_t>(body.size()));
    return bytes + body;
  }
  std::optional<std::string> next() {
    const auto got = buffer.next();
    if (!got) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(got->data()), got->size());
  }

  BlockPool pool;
  FrameBuffer buffer{pool, kMaxFrame};
};

TEST_F(FrameBufferTest, GivesEveryWholeFrameAndKeepsTheRest) {
  const auto bytes = frame("one") + frame("two") + frame("three").substr(0, 6);
  send(bytes);
  EXPECT_EQ(next(), "one");
  EXPECT_EQ(next(), "two");
  EXPECT_EQ(next(), std::nullopt);
  buffer.consume();
  send(frame("three").substr(6));
  EXPECT_EQ(next(), "three");
}

TEST_F(FrameBufferTest, AFrameMayArriveByteByByte) {
  send(frame("slow") + frame(""), 1);
  EXPECT_EQ(next(), "slow");
  EXPECT_EQ(next(), "");
  EXPECT_EQ(next(), std::nullopt);
}

TEST_F(FrameBufferTest, AFrameLongerThanABlockIsWhole) {
  const std::string body(3 * BlockPool::kBlock + 5, 'x');
  send(frame("a") + frame(body) + frame("b"), 100'000);
  EXPECT_EQ(next(), "a");
  EXPECT_EQ(next(), body);
  EXPECT_EQ(next(), "b");
  buffer.consume();
  EXPECT_TRUE(buffer.empty());
}

// A peer that only claims a length must not cost its memory.
TEST_F(FrameBufferTest, AClaimedLengthAloneCostsNoMoreThanWhatHasArrived) {
  send(frame(std::string(10, 'x')).replace(0, 4, std::string("\x06\x00\x00\x00", 4)));
  EXPECT_LE(buffer.space().size(), BlockPool::kLargeBlock);
}

TEST_F(FrameBufferTest, LengthsOutOfRangeAreFoundBeforeTheFrameArrives) {
  send(std::string("\xff\xff\xff\xff", 4));
  EXPECT_EQ(buffer.bad_length(), -1);
}

TEST_F(FrameBufferTest, AFrameAboveTheLimitIsRefused) {
  send(std::string("\x7f\xff\xff\xff", 4));
  EXPECT_EQ(buffer.bad_length(), 0x7fffffff);
}

TEST_F(FrameBufferTest, AnUnusedFrameCanBePutBack) {
  send(frame("one") + frame("two"));
  EXPECT_EQ(next(), "one");
  EXPECT_EQ(next(), "two");
  buffer.put_back(3);
  EXPECT_EQ(next(), "two");
}

TEST_F(FrameBufferTest, AnEmptyBufferHoldsNoBlock) {
  send(frame("one"));
  EXPECT_EQ(next(), "one");
  buffer.consume();
  const auto* first = buffer.space().data();
  buffer.consume();
  FrameBuffer other(pool, kMaxFrame);
  EXPECT_EQ(other.space().data(), first);  // the block went back to the pool
}

}  // namespace
}  // namespace barnabas::broker::net
