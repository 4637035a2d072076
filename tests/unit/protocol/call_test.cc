#include "protocol/call.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/messages/fetch.h"
#include "protocol/messages/heartbeat.h"

namespace barnabas::protocol {
namespace {

// A broker that answers each request with what the test says.
class Answering : public env::Channel {
 public:
  env::Task<env::IoResult<env::Frame>> call(env::Frame request, env::Duration) override {
    requests.push_back(std::move(request));
    co_return answer;
  }
  void close() override {}

  std::vector<env::Frame> requests;
  env::IoResult<env::Frame> answer;
};

template <class T>
T run(env::Task<T> task) {
  boost::asio::io_context context;
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(task),
                        [&](std::exception_ptr, T value) { result = std::move(value); });
  context.run();
  return *std::move(result);
}

template <class Response>
env::Frame frame(std::int32_t id, const Response& response, std::int16_t version) {
  Writer out;
  ResponseHeader{id}.encode(out, Response::kKey, version);
  response.encode(out, version);
  return out.take().value().bytes;
}

class CallTest : public testing::Test {
 protected:
  std::expected<HeartbeatResponse, CallError> heartbeat(HeartbeatRequest request,
                                                        std::int16_t version = 4) {
    return run(caller_.call(std::move(request), version, std::chrono::seconds(1)));
  }
  Answering channel_;
  Caller caller_{&channel_, "broker-1"};
};

TEST_F(CallTest, ARequestGoesOutWithHeaderAndTheAnswerComesBackTyped) {
  const HeartbeatResponse answer{.error_code = ErrorCode::kRebalanceInProgress};
  const HeartbeatRequest request{.group_id = "g", .member_id = "m"};
  channel_.answer = frame(0, answer, 4);
  EXPECT_EQ(heartbeat(request), answer);

  ASSERT_EQ(channel_.requests.size(), 1u);
  Reader in{env::MutableBytes(channel_.requests[0])};
  EXPECT_EQ(RequestHeader::decode(in), (RequestHeader{ApiKey::kHeartbeat, 4, 0, "broker-1"}));
  EXPECT_EQ(HeartbeatRequest::decode(in, 4), request);
}

TEST_F(CallTest, EachRequestHasTheNextCorrelationId) {
  channel_.answer = frame(0, HeartbeatResponse{}, 4);
  EXPECT_TRUE(heartbeat({}).has_value());
  channel_.answer = frame(1, HeartbeatResponse{}, 4);
  EXPECT_TRUE(heartbeat({}).has_value());
}

TEST_F(CallTest, AnAnswerToSomethingElseIsAnError) {
  channel_.answer = frame(41, HeartbeatResponse{}, 4);
  const auto answer = heartbeat({});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error(), CallError(UnexpectedCorrelationId{0, 41}));
}

TEST_F(CallTest, AnErrorOfTheNetworkIsPassedOn) {
  const auto refused = std::make_error_code(std::errc::connection_refused);
  channel_.answer = std::unexpected(refused);
  const auto answer = heartbeat({});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error(), CallError(refused));
}

TEST_F(CallTest, AMalformedAnswerIsAnError) {
  auto bytes = frame(0, HeartbeatResponse{}, 4);
  bytes.resize(bytes.size() - 2);
  channel_.answer = bytes;
  const auto answer = heartbeat({});
  ASSERT_FALSE(answer.has_value());
  EXPECT_TRUE(std::holds_alternative<DecodeError>(answer.error())) << to_string(answer.error());
}

TEST_F(CallTest, ARequestThatItsVersionCannotCarryIsNotSent) {
  const auto answer = heartbeat({.group_id = "g", .group_instance_id = "static"}, 2);
  ASSERT_FALSE(answer.has_value());
  EXPECT_TRUE(std::holds_alternative<EncodeError>(answer.error())) << to_string(answer.error());
  EXPECT_TRUE(channel_.requests.empty());
}

TEST_F(CallTest, FetchedRecordsLieInTheFrameThatComesWithThem) {
  std::vector<std::byte> batch(100, std::byte{7});
  FetchResponse response;
  response.responses.emplace_back().partitions.emplace_back().records =
      Records(env::MutableBytes(batch));
  channel_.answer = frame(0, response, 12);
  auto answer = run(caller_.call_framed(FetchRequest{}, 12, std::chrono::seconds(1)));
  ASSERT_TRUE(answer.has_value());
  const auto moved = *std::move(answer);
  EXPECT_EQ(moved.body, response);
  const auto view = moved.body.responses[0].partitions[0].records.view();
  EXPECT_GE(view.data(), moved.frame.data());
  EXPECT_LE(view.data() + view.size(), moved.frame.data() + moved.frame.size());
}

}  // namespace
}  // namespace barnabas::protocol
