#include "tools/server_stop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <sstream>

namespace barnabas::tools {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// A /proc of a few processes, each with the program it runs.
class ServerStopTest : public ::testing::Test {
 protected:
  void SetUp() override {
    proc_ = fs::temp_directory_path() / ("proc-" + std::to_string(::getpid()));
    fs::create_directories(proc_ / "self");
  }
  void TearDown() override { fs::remove_all(proc_); }

  void process(const std::string& pid, const std::string& program) {
    fs::create_directories(proc_ / pid);
    fs::create_symlink(program, proc_ / pid / "exe");
  }

  int stop(const std::string& signal, bool may = true) {
    return run_server_stop(proc_.string(), signal,
                           [&](int pid, int number) {
                             sent_.emplace_back(pid, number);
                             return may;
                           },
                           {out_, err_});
  }

  fs::path proc_;
  std::vector<std::pair<int, int>> sent_;
  std::ostringstream out_, err_;
};

TEST_F(ServerStopTest, OnlyOurServersAreAskedToEnd) {
  process("20", "/opt/barnabas/bin/kafka-server-start");
  process("7", "/usr/lib/jvm/bin/java");
  process("3", "/opt/barnabas/bin/kafka-server-start (deleted)");
  process("9", "/opt/barnabas/bin/kafka-topics");
  EXPECT_EQ(stop("TERM"), 0);
  EXPECT_THAT(sent_, ElementsAre(Pair(3, SIGTERM), Pair(20, SIGTERM)));
}

TEST_F(ServerStopTest, WithoutAServerItSaysSoAndFails) {
  process("7", "/usr/lib/jvm/bin/java");
  EXPECT_EQ(stop("TERM"), 1);
  EXPECT_EQ(out_.str(), "No kafka server to stop\n");
  EXPECT_THAT(sent_, IsEmpty());
}

TEST_F(ServerStopTest, TheSignalMayBeChosen) {
  process("20", "/bin/kafka-server-start");
  EXPECT_EQ(stop("KILL"), 0);
  EXPECT_EQ(stop("SIGINT"), 0);
  EXPECT_EQ(stop("10"), 0);
  EXPECT_THAT(sent_, ElementsAre(Pair(20, SIGKILL), Pair(20, SIGINT), Pair(20, 10)));
  EXPECT_EQ(stop("LOUD"), 1);
}

TEST_F(ServerStopTest, AServerOfSomebodyElseIsAFailure) {
  process("20", "/bin/kafka-server-start");
  EXPECT_EQ(stop("TERM", false), 1);
  EXPECT_EQ(err_.str(), "Process 20 cannot be signalled\n");
}

}  // namespace
}  // namespace barnabas::tools
