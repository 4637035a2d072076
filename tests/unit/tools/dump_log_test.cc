#include "tools/dump_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "env/posix/posix_files.h"
#include "tests/unit/tools/run_tool.h"

namespace barnabas::tools {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DumpLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(TEST_DATA "/dump_log");
  }
  void TearDown() override { std::filesystem::current_path(before_); }

  Ran dump(std::string_view line) {
    return run_tool(line, [this](std::span<const std::string> words, Console console) {
      return run_dump_log(words, files_, console);
    });
  }

  env::PosixFiles files_;
  std::filesystem::path before_;
};

struct Case {
  std::string line;
  std::string expected;
};

std::vector<Case> captured() {
  std::ifstream file("expected.txt");
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("$ ")) {
      cases.push_back({line.substr(2), ""});
    } else {
      cases.back().expected += line + "\n";
    }
  }
  return cases;
}

// expected.txt holds what Apache's DumpLogSegments printed for the same files: segments of all
// magics and codecs,
// whole, cut and damaged, their indexes, snapshots and internal topics.
TEST_F(DumpLogTest, EveryFilePrintsAsApachesToolPrintsIt) {
  const auto cases = captured();
  ASSERT_GT(cases.size(), 50u);
  for (const auto& [line, expected] : cases) {
    auto ran = dump(line);
    if (!ran.out.empty() && !ran.out.ends_with('\n')) ran.out += '\n';
    EXPECT_EQ(ran.out + "[exit " + std::to_string(ran.code) + "]\n", expected) << line;
  }
}

TEST_F(DumpLogTest, WhatIsWrongWithAnIndexIsToldAtTheEnd) {
  EXPECT_THAT(dump("--files odd/00000000000000000000.index").err,
              EndsWith("/dump_log/odd/00000000000000000000.index\n"
                       "  Index offset: 3, log offset: 2\n"));
  const auto times = dump("--files odd/00000000000000000000.timeindex").err;
  EXPECT_THAT(times, StartsWith("Found timestamp mismatch in :/"));
  EXPECT_THAT(times, HasSubstr("  Index timestamp: 1700000001999, log timestamp: 1700000004000\n"));
  EXPECT_THAT(times, HasSubstr("  Index timestamp: 1700000001999, Previously indexed timestamp: "
                               "1700000002000\n"));
  EXPECT_THAT(times, EndsWith("The following indexed offsets are not found in the log.\n"
                              "Indexed offset: 99, found log offset: -1\n"));
}

TEST_F(DumpLogTest, GapsBetweenOffsetsAreToldAtTheEnd) {
  EXPECT_THAT(dump("--deep-iteration --files numbers/00000000000000000000.log").err,
              EndsWith("numbers/00000000000000000000.log\n  0 is followed by 5\n"));
}

TEST_F(DumpLogTest, DamageIsNamed) {
  EXPECT_EQ(dump("--files zeros/00000000000000000000.log").err,
            "Found record size 0 smaller than minimum record overhead (14) in file "
            "zeros/00000000000000000000.log.\n");
  EXPECT_THAT(
      dump("--files odd/00000000000000000001.index --index-sanity-check").err,
      HasSubstr("is corrupt, found 12 bytes which is neither positive nor a multiple of 8"));
  EXPECT_THAT(dump("--files odd/partition.metadata").err, StartsWith("Ignoring unknown file odd/"));
  EXPECT_NE(dump("--files odd/00000000000000000000.snapshot").err, "");
}

TEST_F(DumpLogTest, AnEmptyIndexIsCalledEmpty) {
  const auto ran = dump("--files empty/00000000000000000003.index");
  EXPECT_EQ(ran.out,
            "Dumping empty/00000000000000000003.index\n"
            "empty/00000000000000000003.index is empty.\n");
  EXPECT_EQ(ran.code, 0);
}

// A tool that is asked what a directory holds must not change it; Apache's makes an empty index.
TEST_F(DumpLogTest, AMissingIndexIsNotMade) {
  dump("--files transactions/00000000000000000000.timeindex");
  EXPECT_FALSE(std::filesystem::exists("transactions/00000000000000000000.index"));
}

TEST_F(DumpLogTest, OptionsAreTakenAsOnOtherCommandLines) {
  const auto whole = dump("--print-data-log --files headers/00000000000000000000.log");
  EXPECT_EQ(dump("-print-data-log --files=headers/00000000000000000000.log").out, whole.out);
  EXPECT_EQ(dump("--print --files headers/00000000000000000000.log some words").out, whole.out);
  EXPECT_EQ(dump("--foo").err, "foo is not a recognized option\n");
  EXPECT_EQ(dump("--print-data-log--files x").err,
            "print-data-log--files is not a recognized option\n");
  EXPECT_EQ(dump("--print-data-log --files").err, "Option files requires an argument\n");
  EXPECT_THAT(dump("--print-data-log").err, StartsWith("Missing required argument \"[files]\"\n"));
  EXPECT_EQ(dump("--files x --max-bytes abc").err,
            "Cannot parse argument 'abc' of option max-bytes\n");
  EXPECT_EQ(dump("").code, 1);
  EXPECT_EQ(dump("--help").code, 1);
  EXPECT_EQ(dump("--version").out, "3.9.1\n");
}

}  // namespace
}  // namespace barnabas::tools
