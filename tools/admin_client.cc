#include "tools/admin_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tools/options.h"

namespace barnabas::tools {
namespace {

std::optional<env::Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  auto host = text.substr(0, colon);
  if (const auto scheme = host.find("://"); scheme != std::string_view::npos) {
    host.remove_prefix(scheme + 3);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto port = text.substr(colon + 1);
  env::Address address{std::string(host), 0};
  const char* last = port.data() + port.size();
  const auto [end, error] = std::from_chars(port.data(), last, address.port);
  if (error != std::errc() || end != last || host.empty()) return std::nullopt;
  return address;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::expected<std::vector<env::Address>, std::string> parse_bootstrap(std::string_view text) {
  std::vector<env::Address> addresses;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto item = trim(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    if (item.empty()) continue;
    const auto address = parse_address(item);
    if (!address) {
      return std::unexpected(fmt::format("Invalid url in bootstrap.servers: {}", item));
    }
    addresses.push_back(*address);
  }
  if (addresses.empty()) {
    return std::unexpected("No resolvable bootstrap urls given in bootstrap.servers");
  }
  return addresses;
}

AdminClient::Connection::Connection(std::unique_ptr<env::Channel> opened, const AdminConfig& config)
    : channel(std::move(opened)),
      caller(channel.get(), config.client_id),
      timeout(config.request_timeout) {}

std::optional<std::int16_t> AdminClient::Connection::version(ApiKey key, std::int16_t min,
                                                             std::int16_t max) const {
  const auto it = std::ranges::find(versions.api_keys, static_cast<std::int16_t>(key),
                                    &protocol::ApiVersionsResponse::ApiVersion::api_key);
  if (it == versions.api_keys.end()) return std::nullopt;
  const auto chosen = std::min(max, it->max_version);
  if (chosen < std::max(min, it->min_version)) return std::nullopt;
  return chosen;
}

AdminClient::AdminClient(Ports ports, std::vector<env::Address> bootstrap)
    : ports_(std::move(ports)), bootstrap_(std::move(bootstrap)) {}

AdminClient::~AdminClient() {
  for (auto& [address, connection] : connections_) connection->channel->close();
}

env::Task<AdminClient::Connection*> AdminClient::connect(Target target) {
  if (std::holds_alternative<AnyBroker>(target)) {
    Connection* any = co_await connect_any();
    co_return any;
  }
  if (!metadata_) {
    const bool learned = co_await learn_cluster();
    if (!learned) co_return nullptr;
  }
  const auto* broker = std::get_if<BrokerId>(&target);
  const auto address = address_of(broker != nullptr ? *broker : metadata_->controller_id);
  if (!address) {
    forget_cluster();
    co_return nullptr;
  }
  Connection* connection = co_await connect_to(*address);
  if (connection == nullptr) forget_cluster();
  co_return connection;
}

env::Task<AdminClient::Connection*> AdminClient::connect_any() {
  // What is open already, then the addresses given, then those a broker has told of.
  std::vector<env::Address> candidates;
  for (const auto& [address, connection] : connections_) candidates.push_back(address);
  candidates.insert(candidates.end(), bootstrap_.begin(), bootstrap_.end());
  if (metadata_) {
    for (const auto& broker : metadata_->brokers) {
      candidates.push_back({broker.host, static_cast<std::uint16_t>(broker.port)});
    }
  }
  for (const auto& address : candidates) {
    Connection* connection = co_await connect_to(address);
    if (connection != nullptr) co_return connection;
  }
  co_return nullptr;
}

env::Task<AdminClient::Connection*> AdminClient::connect_to(env::Address address) {
  if (const auto it = connections_.find(address); it != connections_.end()) {
    co_return it->second.get();
  }
  auto made =
      std::make_unique<Connection>(ports_.network.connect(address, ports_.executor), config_);
  const bool spoke = co_await negotiate(made.get());
  if (!spoke) {
    made->channel->close();
    co_return nullptr;
  }
  co_return connections_.emplace(address, std::move(made)).first->second.get();
}

env::Task<bool> AdminClient::negotiate(Connection* connection) {
  // A broker that does not know our version answers in version 0 and says so (KIP-511).
  for (const std::int16_t version : {std::int16_t{3}, std::int16_t{0}}) {
    protocol::ApiVersionsRequest request{"barnabas-tools", std::string(kVersion)};
    auto answer =
        co_await connection->caller.call(std::move(request), version, connection->timeout);
    if (!answer && std::holds_alternative<std::error_code>(answer.error())) co_return false;
    if (!answer || answer->error_code != ErrorCode::kNone) continue;
    connection->versions = std::move(*answer);
    co_return true;
  }
  co_return false;
}

env::Task<bool> AdminClient::learn_cluster() {
  Connection* connection = co_await connect_any();
  if (connection == nullptr) co_return false;
  using Request = protocol::MetadataRequest;
  const auto version =
      connection->version(Request::kKey, Request::kMinVersion, Request::kMaxVersion);
  if (!version) co_return false;
  Request request;  // of no topic
  request.allow_auto_topic_creation = false;
  auto answer = co_await connection->caller.call(std::move(request), *version, connection->timeout);
  if (!answer) {
    drop(connection);
    co_return false;
  }
  metadata_ = std::move(*answer);
  co_return true;
}

std::optional<env::Address> AdminClient::address_of(BrokerId id) const {
  const auto it = std::ranges::find(metadata_->brokers, id,
                                    &protocol::MetadataResponse::MetadataResponseBroker::node_id);
  if (it == metadata_->brokers.end()) return std::nullopt;
  return env::Address{it->host, static_cast<std::uint16_t>(it->port)};
}

void AdminClient::drop(Connection* connection) {
  connection->channel->close();
  std::erase_if(connections_,
                [connection](const auto& entry) { return entry.second.get() == connection; });
}

env::Task<AdminResult<protocol::MetadataResponse>> AdminClient::cluster(std::string name) {
  protocol::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  const Target target = AnyBroker{};
  // A broker that has just started knows nobody yet.
  auto answer =
      co_await call(target, std::move(request), std::move(name),
                    [](const protocol::MetadataResponse& r) { return r.brokers.empty(); });
  if (answer) metadata_ = *answer;
  co_return answer;
}

env::Task<AdminResult<protocol::ApiVersionsResponse>> AdminClient::api_versions(BrokerId broker) {
  const Target target = broker;
  Connection* connection = co_await connect(target);
  if (connection == nullptr) {
    co_return std::unexpected(AdminError{fmt::format("broker {} cannot be reached", broker.value)});
  }
  co_return connection->versions;
}

AdminError AdminClient::timed_out(std::string_view name) {
  return {fmt::format("Timed out waiting for a node assignment. Call: {}", name),
          ErrorCode::kRequestTimedOut};
}

AdminError AdminClient::unsupported(std::string_view request) {
  return {fmt::format("The broker does not support {}", request), ErrorCode::kUnsupportedVersion};
}

}  // namespace barnabas::tools
