// A server that is there and says nothing: what a stalled ensemble looks like to the C client.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "env/posix/posix_clock.h"
#include "tests/support/zookeeper_server.h"
#include "zk/client.h"
#include "zk/native/connector.h"

namespace barnabas::zk {
namespace {

using namespace std::chrono_literals;

class SilentServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto started = server.start();
    ASSERT_TRUE(started.has_value()) << started.error();
  }
  // Runs `task` to its end; false if it has none within a minute.
  bool run(env::Task<void> task) {
    bool ended = false;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr) { ended = true; });
    const env::Instant limit = clock.now() + 60s;
    while (!ended && clock.now() < limit) {
      context.restart();
      context.run_one_for(100ms);
    }
    return ended;
  }

  testing::ZookeeperServer server;
  boost::asio::io_context context{1};
  env::PosixClock clock;
  native::NativeConnector connector;
};

env::Task<void> start(Client* client) {
  const auto started = co_await client->start(30s);
  EXPECT_TRUE(started.has_value());
}

env::Task<void> expect_closing(Client* client) {
  std::vector<Request> requests(30, Request(Exists{"/"}));
  const auto outcomes = co_await client->submit(std::move(requests));
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.error().error, Error::kClosing);
}

// A broker must be able to go down while its ZooKeeper hangs.
TEST_F(SilentServerTest, AClientStopsWithRequestsInFlight) {
  Client reachable(connector, {server.connect(), 10s, 10}, clock, context.get_executor());
  ASSERT_TRUE(run(start(&reachable)));
  server.pause();
  bool answered = false;
  boost::asio::co_spawn(context, expect_closing(&reachable),
                        [&](std::exception_ptr) { answered = true; });
  context.poll();
  EXPECT_TRUE(run(reachable.stop()));
  context.restart();
  context.poll();
  EXPECT_TRUE(answered);
  server.resume();
}

env::Task<void> expect_no_connection(Client* client) {
  const auto started = co_await client->start(2s);
  EXPECT_EQ(started.error(), Error::kConnectionLoss);
  co_await client->stop();
}

TEST_F(SilentServerTest, AClientThatNeverConnectedStopsToo) {
  server.pause();
  Client late(connector, {server.connect(), 10s, 10}, clock, context.get_executor());
  EXPECT_TRUE(run(expect_no_connection(&late)));
  server.resume();
}

TEST_F(SilentServerTest, AServerThatIsGoneIsNoReasonToHangEither) {
  server.kill();
  Client late(connector, {server.connect(), 10s, 10}, clock, context.get_executor());
  EXPECT_TRUE(run(expect_no_connection(&late)));
}

}  // namespace
}  // namespace barnabas::zk
