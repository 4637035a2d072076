#include "zk/chroot.h"

#include <gtest/gtest.h>

namespace barnabas::zk {
namespace {

TEST(ChrootTest, TheFirstSlashBeginsIt) {
  EXPECT_EQ(chroot_of("h1:2181,h2:2181/kafka/a"), "/kafka/a");
  EXPECT_EQ(hosts_of("h1:2181,h2:2181/kafka/a"), "h1:2181,h2:2181");
  EXPECT_EQ(chroot_of("h1:2181"), "");
  EXPECT_EQ(chroot_of("h1:2181/"), "");
}

TEST(ChrootTest, WhatIsAddedIsTakenOff) {
  EXPECT_EQ(add_chroot("/k", "/"), "/k");
  EXPECT_EQ(add_chroot("/k", "/a"), "/k/a");
  EXPECT_EQ(strip_chroot("/k", "/k"), "/");
  EXPECT_EQ(strip_chroot("/k", "/k/a"), "/a");
  EXPECT_EQ(strip_chroot("", "/k/a"), "/k/a");
}

TEST(ChrootTest, EveryOpOfAMultiMovesBelowIt) {
  const Request request = add_chroot("/k", Multi{{Check{"/a"}, Create{"/b"}, Delete{"/c"}}});
  const Multi& multi = std::get<Multi>(request);
  EXPECT_EQ(std::get<Check>(multi.ops[0]).path, "/k/a");
  EXPECT_EQ(std::get<Create>(multi.ops[1]).path, "/k/b");
  EXPECT_EQ(std::get<Delete>(multi.ops[2]).path, "/k/c");
}

}  // namespace
}  // namespace barnabas::zk
