#include "tools/shell/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/virtual_loop.h"
#include "tests/unit/tools/run_tool.h"
#include "tools/shell/znode_text.h"
#include "tools/shell/zookeeper_shell.h"
#include "zk/model/connector.h"

namespace barnabas::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kConnected =
    "\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n";

class ShellTest : public ::testing::Test {
 protected:
  Ran run(const std::string& line, const std::string& lines = "") {
    std::istringstream in(lines);
    return run_tool(line, [&](const auto& words, Console console) {
      return run_zookeeper_shell(
          words, in, {connector_, loop_.clock, loop_.executor()},
          [this](env::Task<void> task) { loop_.run(std::move(task)); }, console);
    });
  }
  // What lines typed in one after the other print after the connection.
  std::string type(const std::string& lines) {
    const auto out = run("zk:2181", lines).out;
    const auto at = out.find(kConnected);
    return at == std::string::npos ? out : out.substr(at + kConnected.size());
  }

  testing::VirtualLoop loop_;
  testing::SeededRandom random_{1};
  zk::model::ModelServer server_{loop_.executor(), loop_.clock, random_};
  zk::model::ModelConnector connector_{server_, loop_.clock};
};

TEST_F(ShellTest, OneCommandPrintsAsZooKeepersOwnShell) {
  const auto ran = run("zk:2181 ls /");
  EXPECT_EQ(ran.out, "Connecting to zk:2181\n" + kConnected + "[]\n");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(run("-server zk:2181 -timeout 4000 ls /").out, ran.out);
}

TEST_F(ShellTest, LinesAreReadUntilQuit) {
  const auto ran = run("zk:2181", "create /a x\n\nget /a\nquit\nget /a\n");
  EXPECT_EQ(ran.out, "Connecting to zk:2181\nWelcome to ZooKeeper!\nJLine support is disabled\n" +
                         kConnected +
                         "x\n\nWATCHER::\n\nWatchedEvent state:Closed type:None path:null\n");
  EXPECT_EQ(ran.err, "Created /a\n");
}

TEST_F(ShellTest, TheExitCodeIsThatOfTheLastCommand) {
  EXPECT_EQ(run("zk:2181 get /nope").code, 1);
  EXPECT_EQ(run("zk:2181 get /nope").err, "Node does not exist: /nope\n");
  EXPECT_EQ(run("zk:2181", "get /nope\nquit\n").code, 1);
  EXPECT_EQ(run("zk:2181", "get /nope\nls /\n").code, 0);
  EXPECT_EQ(run("zk:2181 foo").code, 127);
  EXPECT_THAT(run("zk:2181 foo").err,
              ::testing::EndsWith("\nCommand not found: Command not found foo\n"));
}

TEST_F(ShellTest, NodesAreMadeSetAndDeleted) {
  EXPECT_EQ(type("create /a\nget /a\nset /a 'b c'\nget /a\nset -v 1 /a d\nget /a\n"
                 "create /a/b x\ncreate /a/c y\nls /a\nls -R /a\ndelete /a/b\nls /a\n"
                 "deleteall /a\nls /\n"),
            "null\nb c\nd\n[b, c]\n/a\n/a/b\n/a/c\n[c]\n[]\n");
  EXPECT_EQ(run("zk:2181", "create -s /s x\ncreate -s -e /s x\ncreate -e /e\n").err,
            "Created /s0000000001\nCreated /s0000000002\nCreated /e\n");
  EXPECT_EQ(type("ls /\n"), "[s0000000001]\n") << "the ephemeral ones went";
}

TEST_F(ShellTest, WhatCannotBeDoneIsNamed) {
  const auto error = [&](const std::string& lines) { return run("zk:2181", lines).err; };
  EXPECT_EQ(error("create /a x\ncreate /a x\n"), "Created /a\nNode already exists: /a\n");
  EXPECT_EQ(error("create /no/x\n"), "Node does not exist: /no/x\n");
  EXPECT_EQ(error("create /a/b\ndelete /a\n"), "Created /a/b\nNode not empty: /a\n");
  EXPECT_EQ(error("set -v 9 /a x\n"), "version No is not valid : /a\n");
  EXPECT_EQ(error("delete -v 9 /a\n"), "version No is not valid : /a\n");
  EXPECT_EQ(error("create -e /e\ncreate /e/x\n"),
            "Created /e\nEphemerals cannot have children: /e/x\n");
  for (const std::string command : {"get", "ls", "stat", "delete", "deleteall", "getAcl"}) {
    EXPECT_EQ(error(command + " /no\n"), "Node does not exist: /no\n");
  }
}

TEST_F(ShellTest, WatchesAreToldOf) {
  EXPECT_EQ(type("create /a x\nget -w /a\nset /a y\nls -w /a\ncreate /a/b\nstat -w /a/b\n"
                 "delete /a/b\n")
                .substr(0, 75),
            "x\n\nWATCHER::\n\nWatchedEvent state:SyncConnected type:NodeDataChanged path:/a");
  EXPECT_THAT(type("ls -w /\ncreate /z\n"),
              HasSubstr("WatchedEvent state:SyncConnected type:NodeChildrenChanged path:/\n"));
}

TEST_F(ShellTest, TheOldWayToAskForAWatchIsWarnedOf) {
  EXPECT_EQ(run("zk:2181 ls / watch").err,
            "'ls path [watch]' has been deprecated. Please use 'ls [-w] path' instead.\n");
}

TEST_F(ShellTest, AclsSyncAndHistory) {
  EXPECT_EQ(type("getAcl /\nsync /nope\nhistory\n"),
            "'world,'anyone\n: cdrwa\nSync is OK\n0 - getAcl /\n1 - sync /nope\n2 - history\n");
}

TEST_F(ShellTest, AClosedShellCanConnectAgain) {
  EXPECT_EQ(type("close\nls /\nconnect other:2181\nls /\n"),
            "\nWATCHER::\n\nWatchedEvent state:Closed type:None path:null\nNot connected\n" +
                kConnected + "[]\n");
}

TEST_F(ShellTest, WithoutAServerTheCommandFails) {
  server_.set_available(false);
  const auto ran = run("zk:2181 ls /brokers");
  EXPECT_EQ(ran.out, "Connecting to zk:2181\n");
  EXPECT_EQ(ran.err, "KeeperErrorCode = ConnectionLoss for /brokers\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(run("").out, StartsWith("USAGE: zookeeper-shell "));
}

TEST(ShellLineTest, QuotesKeepBlanks) {
  EXPECT_THAT(split_line("  set  /a \"b c\" 'd \"e' {\"f\":1} "),
              ElementsAre("set", "/a", "b c", "d \"e", "{\"f\":1}"));
  EXPECT_THAT(split_line("get '/a"), ElementsAre("get", "'/a"));
  EXPECT_THAT(split_line("   "), ElementsAre());
}

TEST(ShellLineTest, OptionsAreCheckedBeforeAnythingIsAsked) {
  const auto error = [](const std::string& line) {
    return parse_command(split_line(line)).error().text;
  };
  EXPECT_EQ(error("ls"), "ls [-s] [-w] [-R] path");
  EXPECT_EQ(error("set /a"), "set [-s] [-v version] path data");
  EXPECT_EQ(error("ls -x /"), "Unrecognized option: -x");
  EXPECT_EQ(error("delete -v"), "Missing argument for option: v");
  EXPECT_EQ(error("delete -v a /b"), "delete [-v version] path");
  EXPECT_EQ(error("ls a"), "Path must start with / character");
  EXPECT_EQ(error("get ''"), "Path length must be > 0");
  EXPECT_EQ(error("ls /a/"), "Path must not end with / character");
  EXPECT_EQ(error("ls /a//b"),
            "Invalid path string \"/a//b\" caused by empty node name specified @3");
  EXPECT_EQ(error("ls /zz/./a"),
            "Invalid path string \"/zz/./a\" caused by relative paths not allowed @4");
  const auto command = parse_command(split_line("set -s -v 3 /a b")).value();
  EXPECT_EQ(command.version, 3);
  EXPECT_TRUE(command.flags.contains('s'));
  EXPECT_THAT(command.words, ElementsAre("/a", "b"));
}

TEST(ZnodeTextTest, AStatIsShownInHexAndLocalTime) {
  setenv("TZ", "UTC", 1);
  tzset();
  zk::Stat stat;
  stat.czxid = 0x1a;
  stat.mzxid = 0x5df;
  stat.ctime_ms = 1795240800123;
  stat.mtime_ms = 1795240800999;
  stat.version = 3;
  stat.ephemeral_owner = 0x100008406290000;
  stat.data_length = 80;
  EXPECT_EQ(show_stat(stat),
            "cZxid = 0x1a\nctime = Sat Nov 21 06:00:00 UTC 2026\nmZxid = 0x5df\n"
            "mtime = Sat Nov 21 06:00:00 UTC 2026\npZxid = 0x0\ncversion = 0\ndataVersion = 3\n"
            "aclVersion = 0\nephemeralOwner = 0x100008406290000\ndataLength = 80\n"
            "numChildren = 0\n");
}

}  // namespace
}  // namespace barnabas::tools
