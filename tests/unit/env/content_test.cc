#include "env/sim/content.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace barnabas::env::sim {
namespace {

void write(Content& content, std::uint64_t position, std::string_view text) {
  content.write(position, std::as_bytes(std::span(text)));
}

std::string read(const Content& content) {
  std::string text(content.size(), '?');
  content.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

constexpr int kSeeds = 200;

TEST(ContentTest, WhatWasSyncedSurvivesEveryCrash) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    Content content;
    write(content, 0, std::string(10000, 'a'));
    write(content, 4000, std::string(200, 'b'));
    content.truncate(9000);
    content.sync();
    std::string synced = read(content);
    Prng random(seed);
    content.settle(random);
    EXPECT_EQ(read(content), synced);
  }
}

TEST(ContentTest, WhatWasNotSyncedMayBeKeptDroppedOrTorn) {
  std::set<std::string> outcomes;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Content content;
    write(content, 0, std::string(2048, 'a'));
    content.sync();
    write(content, 0, std::string(2048, 'b'));
    Prng random(seed);
    content.settle(random);
    outcomes.insert(read(content));
  }
  EXPECT_TRUE(outcomes.contains(std::string(2048, 'a')));
  EXPECT_TRUE(outcomes.contains(std::string(2048, 'b')));
  EXPECT_TRUE(outcomes.contains(std::string(512, 'b') + std::string(1536, 'a')));
  EXPECT_TRUE(outcomes.contains(std::string(1536, 'b') + std::string(512, 'a')));
}

// The page cache writes whole pages: a later write to a page never survives without the earlier
// ones.
TEST(ContentTest, WritesToOnePageSurviveInOrder) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    Content content;
    write(content, 0, std::string(1024, '.'));
    content.sync();
    write(content, 0, std::string(512, 'a'));
    write(content, 512, std::string(512, 'b'));
    Prng random(seed);
    content.settle(random);
    std::string after = read(content);
    if (after[512] == 'b') EXPECT_EQ(after[0], 'a') << seed;
  }
}

TEST(ContentTest, ALaterPageMaySurviveWithoutAnEarlierOne) {
  bool seen = false;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Content content;
    write(content, 0, std::string(8192, '.'));
    content.sync();
    write(content, 0, std::string(8192, 'x'));
    Prng random(seed);
    content.settle(random);
    std::string after = read(content);
    seen |= after[0] == '.' && after[8191] == 'x';
  }
  EXPECT_TRUE(seen);
}

// As with delayed allocation: the size grew, the data never came.
TEST(ContentTest, AGrownFileMayComeBackWithZerosOrShort) {
  std::set<std::string> outcomes;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Content content;
    write(content, 0, "abc");
    Prng random(seed);
    content.settle(random);
    outcomes.insert(read(content));
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"", "abc", std::string(3, '\0')}));
}

TEST(ContentTest, ATruncationMayBeLost) {
  std::set<std::size_t> sizes;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Content content;
    write(content, 0, "abcdef");
    content.sync();
    content.truncate(3);
    Prng random(seed);
    content.settle(random);
    sizes.insert(content.size());
    EXPECT_EQ(read(content).substr(0, 3), "abc");
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{3, 6}));
}

// After a failed fsync the next one succeeds, and the data is gone all the same.
TEST(ContentTest, AfterAFailedSyncALaterSyncSavesNothing) {
  Content content;
  write(content, 0, "old");
  content.sync();
  write(content, 0, "new");
  content.forget_unsynced();
  content.sync();
  EXPECT_EQ(read(content), "new");
  Prng random(1);
  content.settle(random);
  EXPECT_EQ(read(content), "old");
}

}  // namespace
}  // namespace barnabas::env::sim
