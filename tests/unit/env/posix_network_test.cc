#include "env/posix/posix_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "env/posix/posix_clock.h"
#include "env/posix/runtime.h"
#include "env/spawn.h"
#include "tests/unit/env/tcp_peer.h"

namespace barnabas::env {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

Frame frame_of(std::string_view text) {
  Bytes bytes = std::as_bytes(std::span(text));
  return Frame(bytes.begin(), bytes.end());
}

std::string text_of(const IoResult<Frame>& frame) {
  if (!frame) return "error: " + frame.error().message();
  return std::string(reinterpret_cast<const char*>(frame->data()), frame->size());
}

std::string error_text(std::errc code) { return "error: " + std::make_error_code(code).message(); }

Task<void> call_and_keep(Channel* channel, std::string request, Duration timeout,
                         std::string* response) {
  Frame frame = frame_of(request);
  IoResult<Frame> got = co_await channel->call(std::move(frame), timeout);
  *response = text_of(got);
}

Task<void> close_channel(Channel* channel) {
  channel->close();
  co_return;
}

class PosixNetworkTest : public testing::Test {
 protected:
  PosixNetworkTest() { runtime_.start(); }
  ~PosixNetworkTest() override {
    finish();
    runtime_.stop();
    channel_.reset();
  }

  // Starts a call; its response is there after finish().
  std::string* call(std::string request, Duration timeout = 1h) {
    responses_.push_back(std::make_unique<std::string>("<none>"));
    std::string* response = responses_.back().get();
    gate_->spawn(runtime_.executor(0),
                 call_and_keep(channel_.get(), std::move(request), timeout, response));
    return response;
  }

  void finish() {
    gate_->close();
    runtime_.block_on(gate_->wait());
    gate_ = std::make_unique<Gate>();
  }

  PosixClock clock_;
  TcpPeer peer_;
  Runtime runtime_{1};
  PosixNetwork network_{clock_};
  std::unique_ptr<Channel> channel_ = network_.connect(peer_.address(), runtime_.executor(0));
  std::unique_ptr<Gate> gate_ = std::make_unique<Gate>();
  std::vector<std::unique_ptr<std::string>> responses_;
};

TEST_F(PosixNetworkTest, ConnectsWithTheFirstCall) {
  std::string* response = call("hello");
  peer_.accept();
  EXPECT_EQ(peer_.receive(), "hello");
  peer_.send("world");
  finish();
  EXPECT_EQ(*response, "world");
}

TEST_F(PosixNetworkTest, PipelinesAndMatchesResponsesInOrder) {
  std::vector<std::string*> responses;
  for (int i = 0; i < 5; ++i) responses.push_back(call(std::to_string(i)));
  peer_.accept();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(peer_.receive(), std::to_string(i));
  for (int i = 0; i < 5; ++i) peer_.send("r" + std::to_string(i));
  finish();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(*responses[i], "r" + std::to_string(i));
}

// The sixth leaves when the first is answered, the seventh after it: order is kept beyond the
// bound.
TEST_F(PosixNetworkTest, CallsBeyondTheBoundWaitInOrder) {
  std::vector<std::string*> responses;
  for (int i = 0; i < 12; ++i) responses.push_back(call(std::to_string(i)));
  peer_.accept();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(peer_.receive(), std::to_string(i));
  for (int i = 5; i < 12; ++i) {
    peer_.send("r");
    EXPECT_EQ(peer_.receive(), std::to_string(i));
  }
  for (int i = 0; i < 5; ++i) peer_.send("r");
  finish();
  for (std::string* response : responses) EXPECT_EQ(*response, "r");
}

TEST_F(PosixNetworkTest, ALargeFrameArrivesWhole) {
  std::string large(9'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31);
  std::string* response = call(large);
  peer_.accept();
  EXPECT_TRUE(peer_.receive() == large);
  peer_.send(large);
  finish();
  EXPECT_TRUE(*response == large);
}

TEST_F(PosixNetworkTest, ATimeoutFailsEverythingInFlightAndTheNextCallConnectsAgain) {
  std::string* patient = call("patient");
  peer_.accept();
  EXPECT_EQ(peer_.receive(), "patient");
  std::string* hasty = call("hasty", 20ms);
  finish();
  EXPECT_EQ(*hasty, error_text(std::errc::timed_out));
  EXPECT_EQ(*patient, error_text(std::errc::timed_out));
  std::string* again = call("again");
  peer_.accept();
  EXPECT_EQ(peer_.receive(), "again");
  peer_.send("fine");
  finish();
  EXPECT_EQ(*again, "fine");
}

TEST_F(PosixNetworkTest, AHangUpFailsWhatIsInFlight) {
  std::string* response = call("hello");
  peer_.accept();
  peer_.receive();
  peer_.hang_up();
  finish();
  EXPECT_EQ(*response, error_text(std::errc::connection_reset));
}

TEST_F(PosixNetworkTest, NobodyListeningIsRefused) {
  std::uint16_t closed_port = 0;
  {
    TcpPeer gone;
    closed_port = gone.address().port;
  }
  channel_ = network_.connect({"127.0.0.1", closed_port}, runtime_.executor(0));
  std::string* response = call("hello");
  finish();
  EXPECT_EQ(*response, error_text(std::errc::connection_refused));
}

TEST_F(PosixNetworkTest, AResponseTooLargeClosesTheConnection) {
  std::string* response = call("hello");
  peer_.accept();
  peer_.receive();
  peer_.send_raw("\xff\xff\xff\xff");
  finish();
  EXPECT_EQ(*response, error_text(std::errc::message_size));
}

TEST_F(PosixNetworkTest, ClosingCancelsWhatIsInFlightOrWaitsAndLaterCalls) {
  std::vector<std::string*> responses;
  for (int i = 0; i < 7; ++i) responses.push_back(call(std::to_string(i)));
  peer_.accept();
  EXPECT_EQ(peer_.receive(), "0");
  runtime_.block_on(close_channel(channel_.get()));
  finish();
  for (std::string* response : responses) {
    EXPECT_EQ(*response, error_text(std::errc::operation_canceled));
  }
  std::string* later = call("later");
  finish();
  EXPECT_EQ(*later, error_text(std::errc::operation_canceled));
}

}  // namespace
}  // namespace barnabas::env
