// Fenced writes: many in one transaction, each with a result of its own.
#include "controller/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/virtual_loop.h"
#include "zk/model/connector.h"
#include "zk/paths.h"

namespace barnabas::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    server.operate(zk::Create{"/controller_epoch", "1"});
    server.operate(zk::Create{"/n", std::nullopt});
    loop.run(client.start(10s));
    server.set_fate([this](zk::model::SessionId, const zk::Request& request) {
      if (const auto* multi = std::get_if<zk::Multi>(&request)) {
        transactions.push_back(multi->ops.size());
        fences.push_back(std::get<zk::Check>(multi->ops.front()).path);
      }
      return zk::model::Fate::kDeliver;
    });
  }
  ~StoreTest() override {
    server.set_fate(nullptr);
    loop.run(client.stop());
  }

  static std::string node(std::size_t i) { return "/n/" + std::to_string(i); }
  static std::vector<zk::MultiOp> creates(std::size_t count, std::size_t bytes = 1) {
    std::vector<zk::MultiOp> ops;
    for (std::size_t i = 0; i < count; ++i)
      ops.push_back(zk::Create{node(i), std::string(bytes, 'x')});
    return ops;
  }
  std::vector<WriteResult> write(std::vector<zk::MultiOp> ops) {
    transactions.clear();
    return loop.run(store.write(std::move(ops)));
  }
  bool exists(const std::string& path) { return server.tree().find(path) != nullptr; }

  barnabas::testing::VirtualLoop loop;
  barnabas::testing::SeededRandom random{7};
  zk::model::ModelServer server{loop.executor(), loop.clock, random};
  zk::model::ModelConnector connector{server, loop.clock};
  zk::Client client{connector, {"model:2181", 18s, 10}, loop.clock, loop.executor()};
  Store store{client, 0};
  std::vector<std::size_t> transactions;  // how many operations each had, with the check
  std::vector<std::string> fences;
};

// A quorum agrees on a transaction, however much it holds.
TEST_F(StoreTest, ManyOperationsAreFewTransactionsEachBehindTheFence) {
  const auto results = write(creates(2 * Store::kMaxOps + 3));
  EXPECT_THAT(transactions, ElementsAre(Store::kMaxOps + 1, Store::kMaxOps + 1, 4u));
  EXPECT_THAT(fences, Each("/controller_epoch"));
  ASSERT_EQ(results.size(), 2 * Store::kMaxOps + 3);
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_TRUE(results[i].has_value());
    EXPECT_TRUE(exists(node(i)));
  }
}

TEST_F(StoreTest, EachOperationHasTheVersionOfItsOwnNode) {
  write(creates(2));
  server.operate(zk::SetData{node(1), "y"});
  const auto results =
      write({zk::SetData{node(0), "z", 0}, zk::SetData{node(1), "z", zk::kAnyVersion}});
  EXPECT_EQ(results[0]->version, 1);
  EXPECT_EQ(results[1]->version, 2);
}

TEST_F(StoreTest, ATransactionStaysFarBelowWhatZooKeeperTakes) {
  write(creates(3, Store::kMaxBytes / 2));
  EXPECT_THAT(transactions, ElementsAre(2u, 2u, 2u));
}

TEST_F(StoreTest, AnOperationThatIsRefusedTakesNoOtherWithIt) {
  write(creates(3));
  server.operate(zk::SetData{node(1), "somebody else's"});
  const auto results = write({zk::SetData{node(0), "ours", 0}, zk::SetData{node(1), "ours", 0},
                              zk::SetData{node(2), "ours", 0}});
  EXPECT_EQ(results[0]->version, 1);
  EXPECT_EQ(results[1].error(), zk::Error::kBadVersion);
  EXPECT_EQ(results[2]->version, 1);
  EXPECT_EQ(server.tree().find(node(1))->data, "somebody else's");
}

TEST_F(StoreTest, OperationsThatAreTriedAgainKeepTheirOrder) {
  write(creates(Store::kMaxOps));
  server.operate(zk::Delete{node(5)});
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < Store::kMaxOps; ++i) paths.push_back(node(i));
  paths.push_back("/n");  // in the next transaction: refused as long as it has children
  loop.run(store.delete_all(std::move(paths)));
  EXPECT_FALSE(exists("/n"));
}

TEST_F(StoreTest, ARefusedFenceEndsTheRoleAndNothingIsWritten) {
  server.operate(zk::SetData{"/controller_epoch", "2"});
  try {
    write(creates(3));
    FAIL() << "a deposed controller wrote";
  } catch (const RoleLost& lost) {
    EXPECT_EQ(lost.why, RoleLost::Why::kFenced);
  }
  EXPECT_FALSE(exists(node(0)));
}

}  // namespace
}  // namespace barnabas::controller
