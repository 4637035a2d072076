#include "broker/replica/producer_id_manager.h"

#include <gtest/gtest.h>

#include <set>

#include "broker/producer_id_blocks.h"
#include "tests/support/virtual_loop.h"
#include "zk/model/connector.h"
#include "zk/paths.h"

namespace barnabas::broker::replica {
namespace {

using namespace std::chrono_literals;
using zk::model::Fate;

class ProducerIdTest : public ::testing::Test {
 protected:
  struct Broker {
    Broker(ProducerIdTest* t, int id)
        : client(t->connector, {"model:2181", 18s, 10}, t->loop.clock, t->loop.executor()),
          ids(producer_ids_from_zookeeper(&client, BrokerId{id}), t->loop.executor(),
              &t->loop.clock) {}
    zk::Client client;
    ProducerIdManager ids;
  };

  void SetUp() override {
    server.operate(zk::Create{zk::paths::kProducerIdBlock});
    for (Broker* broker : {&one, &two}) {
      ASSERT_TRUE(loop.run(broker->client.start(10s)).has_value());
    }
  }
  ~ProducerIdTest() override {
    for (Broker* broker : {&one, &two}) {
      loop.run(broker->ids.stop());
      loop.run(broker->client.stop());
    }
  }
  // The next id; one that is not there yet is asked for again once what is under way has arrived.
  std::int64_t next(Broker& broker) {
    for (int tries = 0; tries < 100; ++tries) {
      const auto id = broker.ids.generate();
      if (id) return id->value;
      EXPECT_EQ(id.error(), ErrorCode::kCoordinatorLoadInProgress);
      loop.pass(1s);
    }
    ADD_FAILURE() << "no id";
    return -1;
  }
  std::string node() { return server.dump().at(zk::paths::kProducerIdBlock).data.value_or("null"); }

  testing::VirtualLoop loop;
  testing::SeededRandom random{1};
  zk::model::ModelServer server{loop.executor(), loop.clock, random};
  zk::model::ModelConnector connector{server, loop.clock};
  Broker one{this, 1};
  Broker two{this, 2};
};

TEST_F(ProducerIdTest, TheFirstRequestIsToldToComeAgainAndStartsTheFirstBlock) {
  EXPECT_EQ(one.ids.generate().error(), ErrorCode::kCoordinatorLoadInProgress);
  loop.pass(1s);
  EXPECT_EQ(node(), R"({"version":1,"broker":1,"block_start":"0","block_end":"999"})");
  EXPECT_EQ(next(one), 0);
  EXPECT_EQ(next(one), 1);
}

TEST_F(ProducerIdTest, BlocksFollowOneAnotherOverAllBrokers) {
  EXPECT_EQ(next(one), 0);
  EXPECT_EQ(next(two), 1000);
  EXPECT_EQ(node(), R"({"version":1,"broker":2,"block_start":"1000","block_end":"1999"})");
}

TEST_F(ProducerIdTest, TheNextBlockIsThereBeforeThisOneEnds) {
  for (int n = 0; n < 899; ++n) ASSERT_EQ(next(one), n);
  loop.pass(1s);
  EXPECT_EQ(server.dump().at(zk::paths::kProducerIdBlock).version, 1);
  ASSERT_EQ(next(one), 899);
  loop.pass(1s);
  EXPECT_EQ(server.dump().at(zk::paths::kProducerIdBlock).version, 2);
  for (int n = 900; n < 2000; ++n) {
    const auto id = one.ids.generate();
    ASSERT_TRUE(id.has_value()) << n;
    ASSERT_EQ(id->value, n);
    if (n == 1950) loop.pass(1s);
  }
}

// Another broker's write between our read and our write: read again, take the block after theirs.
TEST_F(ProducerIdTest, AfterABadVersionTheBlockBehindTheWinnersIsTaken) {
  server.set_fate([this, raced = false](auto, const zk::Request& request) mutable {
    if (std::holds_alternative<zk::SetData>(request) && !std::exchange(raced, true)) {
      server.operate(
          zk::SetData{zk::paths::kProducerIdBlock,
                      R"({"version":1,"broker":9,"block_start":"0","block_end":"999"})"});
    }
    return Fate::kDeliver;
  });
  EXPECT_EQ(next(one), 1000);
}

// We cannot know whether the lost write was ours: ids are cheap, the same id twice is not.
TEST_F(ProducerIdTest, ALostReplyNeverGivesABlockTwice) {
  server.set_fate([lost = false](auto, const zk::Request& request) mutable {
    const bool write = std::holds_alternative<zk::SetData>(request);
    return write && !std::exchange(lost, true) ? Fate::kLoseReply : Fate::kDeliver;
  });
  EXPECT_EQ(next(one), 1000);
  EXPECT_EQ(next(two), 2000);
}

TEST_F(ProducerIdTest, UnderAllFaultsNoIdIsGivenTwice) {
  server.set_faults({.min_delay = 1ms,
                     .max_delay = 20ms,
                     .lose_request_one_in = 5,
                     .lose_reply_one_in = 5,
                     .expire_one_in = 20});
  std::set<std::int64_t> given;
  for (int n = 0; n < 5000; ++n) {
    ASSERT_TRUE(given.insert(next(n % 2 ? one : two)).second) << n;
  }
  server.set_faults({});
}

TEST_F(ProducerIdTest, WithoutTheNodeOrWithNonsenseInItThereAreNoIds) {
  server.operate(zk::SetData{zk::paths::kProducerIdBlock, "nonsense"});
  EXPECT_FALSE(one.ids.generate().has_value());
  loop.pass(1s);
  EXPECT_FALSE(one.ids.generate().has_value());
  loop.pass(1s);
  EXPECT_EQ(node(), "nonsense");
  server.operate(zk::SetData{zk::paths::kProducerIdBlock,
                             R"({"version":1,"broker":1,"block_start":"0","block_end":"999"})"});
  EXPECT_EQ(next(one), 1000);
}

TEST_F(ProducerIdTest, TheLastIdsAreNotExceeded) {
  const std::string last =
      R"({"version":1,"broker":1,"block_start":"0","block_end":"9223372036854775000"})";
  server.operate(zk::SetData{zk::paths::kProducerIdBlock, last});
  EXPECT_FALSE(one.ids.generate().has_value());
  loop.pass(1s);
  EXPECT_FALSE(one.ids.generate().has_value());
  loop.pass(1s);
  EXPECT_EQ(node(), last);
}

// A broken ZooKeeper is not hammered by every client that asks for an id.
TEST_F(ProducerIdTest, AfterAFailureItIsQuietForAWhile) {
  server.operate(zk::SetData{zk::paths::kProducerIdBlock, "nonsense"});
  int reads = 0;
  server.set_fate([&reads](auto, const zk::Request&) {
    ++reads;
    return Fate::kDeliver;
  });
  for (int n = 0; n < 10; ++n) {
    EXPECT_FALSE(one.ids.generate().has_value());
    loop.pass(1ms);
  }
  EXPECT_EQ(reads, 1);
  loop.pass(ProducerIdManager::kRetryBackoff);
  EXPECT_FALSE(one.ids.generate().has_value());
  loop.pass(1ms);
  EXPECT_EQ(reads, 2);
}

}  // namespace
}  // namespace barnabas::broker::replica
