// This broker's requests to whoever is controller now, its own one included.
//
// Owns        one connection, made with the first call and again after a failure or when the
//             metadata names another controller, or the same one in another term.
// Does not    retry, or look into answers: NOT_CONTROLLER is an answer like any other.
// Threading   one executor; others come in through env::run_on.
// Invariants  every call ends: by its answer, the timeout, a change of controller, or close().
//             Versions are agreed anew with every connection, since brokers are upgraded.
// Kafka       server/NodeToControllerChannelManager on ZooKeeper. Differs: retrying is the caller's
//             business, and a request to a controller that has been replaced fails at once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "broker/replica/metadata_cache.h"
#include "env/network.h"
#include "env/spawn.h"
#include "protocol/call.h"
#include "protocol/messages/api_versions.h"

namespace barnabas::broker {

struct ControllerChannelConfig {
  BrokerId self;
  std::string listener;   // control.plane.listener.name, else the inter-broker one
  env::Duration timeout;  // controller.socket.timeout.ms
};

class ControllerChannel {
 public:
  template <class Request>
  using Answer = std::expected<typename Request::Response, protocol::CallError>;
  // Makes the request once its version is known.
  template <class Request>
  using Build = std::move_only_function<Request(std::int16_t version)>;

  ControllerChannel(ControllerChannelConfig config, replica::MetadataCache* metadata,
                    env::Network* network, env::Executor executor);
  ControllerChannel(const ControllerChannel&) = delete;
  ControllerChannel& operator=(const ControllerChannel&) = delete;

  // At the highest version that both ends know, `max_version` at most. Besides what the network
  // says: host_unreachable while no controller is known, not_supported if no version is common,
  // operation_canceled after close().
  template <class Request>
  env::Task<Answer<Request>> call_built(Build<Request> build,
                                        std::int16_t max_version = Request::kMaxVersion) {
    auto connection = co_await connect();
    if (!connection) co_return std::unexpected(connection.error());
    const std::shared_ptr<Connection> to = *connection;
    const auto version = to->agree(Request::kKey, Request::kMinVersion, max_version);
    if (!version) co_return std::unexpected(failure(std::errc::not_supported));
    auto request = build(*version);
    auto answer = co_await to->caller.call(std::move(request), *version, config_.timeout);
    if (!answer) drop(to.get());
    co_return answer;
  }
  // For a request that is the same in every version.
  template <class Request>
  env::Task<Answer<Request>> call(Request request,
                                  std::int16_t max_version = Request::kMaxVersion) {
    Build<Request> build = [&request](std::int16_t) { return std::move(request); };
    co_return co_await call_built<Request>(std::move(build), max_version);
  }

  // Fails what is under way and all that comes later.
  env::Task<void> close();

 private:
  // The term belongs to it: a controller that comes back after a power cut knows nothing of the
  // connection, and no packet ever says so to whoever waits for an answer on it.
  struct Target {
    BrokerId controller;
    ControllerEpoch term;
    env::Address address;
    bool operator==(const Target&) const = default;
  };
  struct Connection {
    Connection(Target to, std::unique_ptr<env::Channel> over, std::string client_id)
        : target(std::move(to)),
          channel(std::move(over)),
          caller(channel.get(), std::move(client_id)) {}
    std::optional<std::int16_t> agree(ApiKey key, std::int16_t lowest, std::int16_t highest) const;

    const Target target;
    const std::unique_ptr<env::Channel> channel;
    protocol::Caller caller;
    std::optional<protocol::ApiVersionsResponse> served;  // by the controller
  };
  using Connected = std::expected<std::shared_ptr<Connection>, protocol::CallError>;

  static protocol::CallError failure(std::errc error) { return std::make_error_code(error); }
  std::optional<Target> target() const;
  env::Task<Connected> connect();
  env::Task<void> follow_the_controller();
  void drop(const Connection* failed);

  const ControllerChannelConfig config_;
  replica::MetadataCache* const metadata_;
  env::Network* const network_;
  const env::Executor executor_;
  env::Gate gate_;
  bool closed_ = false;
  env::Signal look_again_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace barnabas::broker
