#include "broker/net/acceptor.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "env/clock.h"
#include "env/spawn.h"
#include "tests/support/virtual_loop.h"

namespace barnabas::broker::net {
namespace {

using boost::asio::ip::tcp;

// No descriptor can be opened while it lives.
class OutOfDescriptors {
 public:
  OutOfDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit none{0, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~OutOfDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  rlimit before_{};
};

// Time stands still: a back-off ends when a test says so.
class AcceptorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto port = acceptor_.bind();
    ASSERT_TRUE(port.has_value()) << port.error();
    port_ = *port;
    boost::system::error_code error;
    early_.connect(address(), error);
    refused_ = error == boost::asio::error::connection_refused;
    ASSERT_TRUE(acceptor_.listen(50).has_value());
    acceptor_.start([this](std::size_t, tcp::socket) { ++accepted_; });
    loop_.poll();
  }
  void TearDown() override { loop_.run(acceptor_.stop()); }
  tcp::endpoint address() const { return {boost::asio::ip::make_address("127.0.0.1"), port_}; }
  // Loopback: when connect() returns, the connection waits to be accepted.
  void connect(tcp::socket& peer) {
    boost::system::error_code error;
    peer.connect(address(), error);
    ASSERT_FALSE(error) << error.message();
  }
  // The undefined-behaviour sanitizer opens a pipe to look at a type it has not seen yet.
  void show_the_sanitizer() {
    const auto wanted = boost::asio::error::make_error_code(boost::asio::error::no_descriptors);
    EXPECT_FALSE(wanted.message().empty());
    env::Clock& clock = loop_.clock;
    loop_.run(env::sleep_for(clock, Acceptor::kBackOff));
    loop_.run(env::Signal().wait_until(clock, clock.now() + Acceptor::kBackOff));
  }
  void one_comes_and_cannot_be_accepted() {
    peer_.open(tcp::v4());
    show_the_sanitizer();
    const OutOfDescriptors none;
    connect(peer_);
    loop_.poll();
    ASSERT_EQ(accepted_, 0);
  }

  testing::VirtualLoop loop_;
  Acceptor acceptor_{{.name = "PLAINTEXT", .security_protocol = "PLAINTEXT", .host = "127.0.0.1"},
                     {loop_.executor()},
                     &loop_.clock};
  tcp::socket peer_{loop_.context};
  tcp::socket early_{loop_.context};  // came between bind() and listen()
  std::uint16_t port_ = 0;
  bool refused_ = false;
  int accepted_ = 0;
};

// With 50 places and nobody who accepts, the next client would hang for seconds.
TEST_F(AcceptorTest, WhoComesBeforeTheBrokerIsRegisteredIsRefused) {
  EXPECT_TRUE(refused_);
  connect(peer_);
  loop_.poll();
  EXPECT_EQ(accepted_, 1);
}

TEST_F(AcceptorTest, WhatWaitsIsAcceptedOnceThereAreDescriptorsAgain) {
  one_comes_and_cannot_be_accepted();
  loop_.pass(Acceptor::kBackOff);
  EXPECT_EQ(accepted_, 1);
}

// A broker out of descriptors must stop as fast as any other.
TEST_F(AcceptorTest, AStopDoesNotWaitForTheEndOfABackOff) {
  one_comes_and_cannot_be_accepted();
  const auto before = loop_.clock.now();
  loop_.run(acceptor_.stop());
  EXPECT_EQ(loop_.clock.now(), before);
  EXPECT_EQ(accepted_, 0);
}

TEST_F(AcceptorTest, AStopBeforeAnyoneCameEndsToo) {
  loop_.run(acceptor_.stop());
  EXPECT_EQ(accepted_, 0);
}

}  // namespace
}  // namespace barnabas::broker::net
