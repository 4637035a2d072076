#include "broker/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::broker {
namespace {

config::Config config_of(config::Properties given) {
  given.emplace("zookeeper.connect", "zk:2181");
  return config::Config::from(std::move(given)).value();
}

TEST(SettingsTest, APortThatTheKernelChoseIsTheOneAdvertised) {
  const auto config = config_of({{"listeners", "IN://h:0,OUT://h:0"},
                                 {"advertised.listeners", "IN://in:0,OUT://out:9"},
                                 {"listener.security.protocol.map", "IN:PLAINTEXT,OUT:PLAINTEXT"},
                                 {"inter.broker.listener.name", "IN"},
                                 {"broker.rack", "r"}});
  const auto node = registration(config, {4001, 4002}, env::WallTime(77));
  ASSERT_EQ(node.endpoints.size(), 2u);
  EXPECT_EQ(node.endpoints[0].host, "in");
  EXPECT_EQ(node.endpoints[0].port, 4001);
  EXPECT_EQ(node.endpoints[0].security_protocol, "PLAINTEXT");
  EXPECT_EQ(node.endpoints[1].port, 9);
  EXPECT_EQ(node.rack, "r");
  EXPECT_EQ(node.timestamp, Timestamp{77});
}

TEST(SettingsTest, TheControlPlaneListenerLeadsToTheController) {
  EXPECT_EQ(controller_channel_config(config_of({}), BrokerId{1}).listener, "PLAINTEXT");
  const auto two =
      config_of({{"listeners", "PLAINTEXT://h:1,CONTROLLER://h:2"},
                 {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"},
                 {"control.plane.listener.name", "CONTROLLER"}});
  EXPECT_EQ(controller_channel_config(two, BrokerId{1}).listener, "CONTROLLER");
  EXPECT_EQ(controller_config(two, BrokerId{1}).control_plane_listener, "CONTROLLER");
  EXPECT_EQ(controller_config(two, BrokerId{1}).inter_broker_listener, "PLAINTEXT");
}

TEST(SettingsTest, AReplicaSelectorOfSomebodyElseEndsTheStart) {
  const auto config = config_of({{"replica.selector.class", "com.example.Mine"}});
  EXPECT_EQ(replica_manager_config(config, BrokerId{1}).error(),
            "replica.selector.class com.example.Mine is none of the two that come with Kafka");
}

}  // namespace
}  // namespace barnabas::broker
