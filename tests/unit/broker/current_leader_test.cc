#include "broker/api/current_leader.h"

#include <gmock/gmock.h>

#include "protocol/messages/produce.h"
#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker::api {
namespace {

using replica::CurrentLeader;

// By the metadata, broker 1 leads everything, in an epoch that nobody knows.
class LeaderHintsTest : public replica::testing::ReplicaManagerTest {
 protected:
  void SetUp() override {
    ReplicaManagerTest::SetUp();
    replica::UpdateMetadataCommand command{header, {}};
    for (const int id : {1, 2}) {
      replica::LiveBroker broker{.id = BrokerId{id}, .endpoints = {}, .rack = {}};
      broker.endpoints.push_back({.listener = "PLAINTEXT", .host = "h", .port = id});
      command.update.live_brokers.push_back(std::move(broker));
    }
    manager.update_metadata(command);
  }
  LeaderHints hints() { return {manager, metadata.snapshot(), "PLAINTEXT"}; }
};

TEST_F(LeaderHintsTest, AReplicaHereKnowsItsLeaderBeforeTheMetadataDoes) {
  tell({item(0, 2, 7), item(1, 2, 8)});
  LeaderHints found = hints();
  EXPECT_EQ(found.of("t", PartitionIndex{0}), (CurrentLeader{BrokerId{2}, LeaderEpoch{7}}));
  EXPECT_EQ(found.of("t", PartitionIndex{1}), (CurrentLeader{BrokerId{2}, LeaderEpoch{8}}));
  const auto endpoints = found.endpoints<protocol::ProduceResponse::NodeEndpoint>();
  ASSERT_EQ(endpoints.size(), 1u);
  EXPECT_EQ(endpoints[0].node_id, BrokerId{2});
  EXPECT_EQ(endpoints[0].port, 2);
}

TEST_F(LeaderHintsTest, WithoutAReplicaTheMetadataIsAsked) {
  EXPECT_EQ(hints().of("t", PartitionIndex{1}).id, BrokerId{1});
  EXPECT_EQ(hints().of("nobody's", PartitionIndex{0}), CurrentLeader{});
}

TEST_F(LeaderHintsTest, AReplicaThatIsGoneSaysNothing) {
  tell({item(0, 2, 7)});
  stop(0, -2, true);
  EXPECT_EQ(hints().of("t", PartitionIndex{0}).id, BrokerId{1});
}

}  // namespace
}  // namespace barnabas::broker::api
