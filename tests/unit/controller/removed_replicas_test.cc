#include "controller/removed_replicas.h"

#include "tests/unit/controller/cluster.h"

namespace barnabas::controller::testing {
namespace {

using ::testing::ElementsAre;

class RemovedReplicasTest : public ClusterTest {
 protected:
  // As a controller leaves it that dies after it took 4 off the partition's replicas.
  void cut_a_move_short() {
    loop.run(lead({2, 3, 4}, {{2, 3, 4}}).stop());
    nodes.clear();
    const auto topic = topic_json("t", R"({"0":[2,3]})");
    operate(zk::SetData{zk::paths::topic("t"), topic, zk::kAnyVersion});
  }
};

TEST_F(RemovedReplicasTest, ANewControllerTakesOutOfTheIsrWhoIsAReplicaNoMore) {
  cut_a_move_short();
  start(5);
  const auto state = read_state("t", 0);
  EXPECT_EQ(state.leader, BrokerId{2});
  EXPECT_THAT(state.isr, ElementsAre(BrokerId{2}, BrokerId{3}));
}

}  // namespace
}  // namespace barnabas::controller::testing
