#include "broker/config_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/virtual_loop.h"
#include "zk/model/connector.h"
#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas::broker {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A broker that listens, and another session that announces.
class ConfigChangesTest : public ::testing::Test {
 protected:
  ConfigChangesTest() {
    EXPECT_TRUE(loop.run(client.start(10s)).has_value());
    EXPECT_TRUE(loop.run(other.start(10s)).has_value());
    EXPECT_TRUE(
        loop.run(other.create_recursive(zk::paths::kConfigChanges, std::nullopt)).has_value());
  }
  ~ConfigChangesTest() override {
    loop.run(changes.stop());
    loop.run(client.stop());
    loop.run(other.stop());
  }
  void announce_raw(const std::string& data) {
    zk::Request node =
        zk::Create{zk::paths::kConfigChangePrefix, data, zk::CreateMode::kPersistentSequential};
    ASSERT_TRUE(loop.run(other.submit_one(std::move(node))).has_value());
  }
  void announce(const std::string& path) { announce_raw(zk::ConfigChange{path}.encode()); }
  void begin() { loop.run(changes.begin()); }
  env::Task<void> apply(std::string path) {
    applied.push_back(std::move(path));
    co_return;
  }
  env::Task<void> reread() {
    ++rereads;
    co_return;
  }
  void start() {
    changes.start([this](std::string path) { return apply(std::move(path)); });
    loop.pass(1s);
  }
  std::vector<std::string> announcements() {
    zk::Request list = zk::GetChildren{zk::paths::kConfigChanges};
    auto found = loop.run(other.submit_one(std::move(list)));
    EXPECT_TRUE(found.has_value());
    return found ? found->children : std::vector<std::string>{};
  }

  testing::VirtualLoop loop;
  testing::SeededRandom random{1};
  zk::model::ModelServer server{loop.executor(), loop.clock, random};
  zk::model::ModelConnector connector{server, loop.clock};
  zk::Client client{connector, {"model:2181", 18s, 10}, loop.clock, loop.executor()};
  zk::Client other{connector, {"model:2181", 18s, 10}, loop.clock, loop.executor()};
  ConfigChanges changes{&client, &loop.clock, loop.executor()};
  std::vector<std::string> applied;
  int rereads = 0;
};

TEST_F(ConfigChangesTest, EachAnnouncementIsAppliedOnceAndInOrder) {
  begin();
  start();
  announce("topics/a");
  announce("brokers/1");
  loop.pass(1s);
  EXPECT_THAT(applied, ElementsAre("topics/a", "brokers/1"));
  announce("brokers/<default>");
  loop.pass(1s);
  EXPECT_THAT(applied, ElementsAre("topics/a", "brokers/1", "brokers/<default>"));
}

// What stood there before the broker read its configuration is in what it read.
TEST_F(ConfigChangesTest, WhatIsAnnouncedBetweenReadingAndServingIsNotMissed) {
  announce("topics/read-anyway");
  begin();
  announce("topics/since");
  start();
  EXPECT_THAT(applied, ElementsAre("topics/since"));
}

TEST_F(ConfigChangesTest, AnAnnouncementThatMakesNoSenseDoesNotStopTheNext) {
  begin();
  start();
  announce_raw("not a document");
  announce("topics/a");
  loop.pass(1s);
  EXPECT_THAT(applied, ElementsAre("topics/a"));
}

TEST_F(ConfigChangesTest, AnAnnouncementIsKeptForAQuarterOfAnHour) {
  begin();
  start();
  announce("topics/a");
  loop.pass(14min);
  announce("topics/b");
  loop.pass(2min);
  EXPECT_EQ(announcements().size(), 2u);  // nobody has announced anything since
  announce("topics/c");
  loop.pass(1s);
  EXPECT_EQ(announcements().size(), 2u);
  EXPECT_THAT(applied, ElementsAre("topics/a", "topics/b", "topics/c"));
}

TEST_F(ConfigChangesTest, ABrokerThatStartsDropsWhatIsOld) {
  announce("topics/a");
  loop.pass(16min);
  begin();
  start();
  EXPECT_THAT(announcements(), IsEmpty());
  EXPECT_THAT(applied, IsEmpty());
}

// Without a session nothing is heard, and what was announced may be gone.
TEST_F(ConfigChangesTest, ANewSessionReadsEverythingAndHearsAgain) {
  begin();
  start();
  server.expire(client.session_id());
  loop.pass(1s);
  announce("topics/a");
  changes.renewed([&] { return reread(); });
  loop.pass(1s);
  EXPECT_EQ(rereads, 1);
  EXPECT_THAT(applied, IsEmpty());
  announce("topics/b");
  loop.pass(1s);
  EXPECT_THAT(applied, ElementsAre("topics/b"));
}

}  // namespace
}  // namespace barnabas::broker
