// A client for the tools: finds a broker, learns what it speaks, asks, retries within bounds.
//
// Owns        one connection per broker it talked to, and what the last Metadata answer said.
// Does not    know what a command means, or print. Speaks plain text only.
// Threading   one executor; one call at a time.
// Bounds      AdminConfig's: for a call with all its retries, and for one answer.
// Kafka       clients/admin/KafkaAdminClient.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "env/clock.h"
#include "env/network.h"
#include "env/spawn.h"
#include "protocol/call.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/metadata.h"
#include "tools/attempts.h"

namespace barnabas::tools {

struct AdminError {
  std::string text;
  ErrorCode code = ErrorCode::kNone;  // what a broker answered, if one did
};
template <class T>
using AdminResult = std::expected<T, AdminError>;

// "h1:9092,[::1]:9093"; the error is Kafka's: "Invalid url in bootstrap.servers: localhost".
std::expected<std::vector<env::Address>, std::string> parse_bootstrap(std::string_view text);

// What a call gives: the response, with its frame if it holds records.
template <class Request>
using AnswerTo =
    std::conditional_t<Request::Response::kHasRecords, protocol::Framed<typename Request::Response>,
                       typename Request::Response>;

// Whom a call is for.
struct AnyBroker {};
struct Controller {};
using Target = std::variant<AnyBroker, Controller, BrokerId>;

struct Ports {
  env::Network& network;
  env::Clock& clock;
  env::Executor executor;
};

// What a configuration can say to the client; as Kafka's where it says nothing.
struct AdminConfig {
  env::Duration call_timeout = std::chrono::seconds(60);     // default.api.timeout.ms
  env::Duration request_timeout = std::chrono::seconds(30);  // request.timeout.ms
  std::string client_id = "adminclient-1";
};

class AdminClient {
 public:
  AdminClient(Ports ports, std::vector<env::Address> bootstrap);
  ~AdminClient();

  void obey(AdminConfig config) { config_ = std::move(config); }  // before the first call
  void give_up_after(env::Duration call_timeout) { config_.call_timeout = call_timeout; }
  env::Duration call_timeout() const { return config_.call_timeout; }
  env::Clock& clock() { return ports_.clock; }

  // `name` is the call's name in error texts ("listTopics"). An answer that `again` says is not
  // final (a controller that moved) is asked for again, from whoever is right by then.
  template <class Request>
  env::Task<AdminResult<AnswerTo<Request>>> call(
      Target target, Request request, std::string name,
      std::function<bool(const AnswerTo<Request>&)> again = {}) {
    Attempts attempts(ports_.clock, config_.call_timeout);
    while (true) {
      Connection* connection = co_await connect(target);
      if (connection != nullptr) {
        const auto version =
            connection->version(Request::kKey, Request::kMinVersion, Request::kMaxVersion);
        if (!version) co_return std::unexpected(unsupported(Request::kName));
        Request copy = request;
        auto answer = co_await connection->ask(std::move(copy), *version);
        if (answer && !(again && again(*answer))) co_return std::move(*answer);
        if (!answer) drop(connection);
        forget_cluster();
      }
      const bool in_time = co_await attempts.again();
      if (!in_time) co_return std::unexpected(timed_out(name));
    }
  }

  // The brokers of the cluster and its controller, freshly asked for.
  env::Task<AdminResult<protocol::MetadataResponse>> cluster(std::string name);
  // What a broker says it speaks; asked for when its connection was made.
  env::Task<AdminResult<protocol::ApiVersionsResponse>> api_versions(BrokerId broker);

 private:
  struct Connection {
    Connection(std::unique_ptr<env::Channel> opened, const AdminConfig& config);
    std::optional<std::int16_t> version(ApiKey key, std::int16_t min, std::int16_t max) const;
    template <class Request>
    env::Task<std::expected<AnswerTo<Request>, protocol::CallError>> ask(Request request,
                                                                         std::int16_t version) {
      if constexpr (Request::Response::kHasRecords) {
        return caller.call_framed(std::move(request), version, timeout);
      } else {
        return caller.call(std::move(request), version, timeout);
      }
    }

    std::unique_ptr<env::Channel> channel;
    protocol::Caller caller;
    env::Duration timeout;  // of one answer
    protocol::ApiVersionsResponse versions;
  };

  // Null if it cannot be had now.
  env::Task<Connection*> connect(Target target);
  env::Task<Connection*> connect_any();
  env::Task<Connection*> connect_to(env::Address address);
  env::Task<bool> negotiate(Connection* connection);
  env::Task<bool> learn_cluster();
  std::optional<env::Address> address_of(BrokerId id) const;
  void drop(Connection* connection);
  void forget_cluster() { metadata_.reset(); }

  static AdminError timed_out(std::string_view name);
  static AdminError unsupported(std::string_view request);

  Ports ports_;
  std::vector<env::Address> bootstrap_;
  AdminConfig config_;
  std::map<env::Address, std::unique_ptr<Connection>> connections_;
  std::optional<protocol::MetadataResponse> metadata_;
};

using ClientUse = std::function<env::Task<int>(AdminClient*)>;
// Runs what uses a client to its end, for its exit code; the error is why there is no client.
using OpenClient =
    std::function<std::expected<int, std::string>(std::string_view bootstrap, ClientUse use)>;

}  // namespace barnabas::tools
