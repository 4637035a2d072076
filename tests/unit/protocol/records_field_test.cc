#include "protocol/records_field.h"

#include <gtest/gtest.h>

#include <vector>

namespace barnabas {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

TEST(RecordsFieldTest, NullAndEmptyAreDifferentValues) {
  EXPECT_TRUE(Records().is_null());
  EXPECT_FALSE(Records::empty().is_null());
  EXPECT_NE(Records(), Records::empty());
  EXPECT_EQ(Records(), Records());
  EXPECT_EQ(Records::empty(), Records(env::MutableBytes()));
  EXPECT_TRUE(Records().view().empty());
}

TEST(RecordsFieldTest, MemoryIsComparedByContent) {
  auto one = bytes_of({1, 2, 3});
  auto same = bytes_of({1, 2, 3});
  auto other = bytes_of({1, 2, 4});
  EXPECT_EQ(Records(env::MutableBytes(one)), Records(env::MutableBytes(same)));
  EXPECT_NE(Records(env::MutableBytes(one)), Records(env::MutableBytes(other)));
  EXPECT_EQ(Records(env::MutableBytes(one)),
            Records(std::vector<Records::Piece>{env::Bytes(same)}));
}

TEST(RecordsFieldTest, SlicesAreComparedByPlace) {
  EXPECT_EQ(Records(env::FileSlice{nullptr, 1, 2}), Records(env::FileSlice{nullptr, 1, 2}));
  EXPECT_NE(Records(env::FileSlice{nullptr, 1, 2}), Records(env::FileSlice{nullptr, 1, 3}));
}

TEST(RecordsFieldTest, TheSizeIsThatOfAllPieces) {
  auto memory = bytes_of({1, 2, 3});
  std::vector<Records::Piece> pieces;
  pieces.emplace_back(env::Bytes(memory));
  pieces.emplace_back(env::FileSlice{nullptr, 0, 4'000'000'000u});
  EXPECT_EQ(Records(pieces).size(), 4'000'000'003u);
  EXPECT_EQ(Records(env::MutableBytes(memory)).size(), 3u);
  EXPECT_EQ(Records().size(), 0u);
}

}  // namespace
}  // namespace barnabas
