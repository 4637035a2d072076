#include "broker/membership.h"

#include <fmt/format.h>

#include <algorithm>

#include "env/log.h"
#include "protocol/types.h"
#include "zk/paths.h"

namespace barnabas::broker {
namespace {

constexpr auto kLogger = "kafka.zk.KafkaZkClient";
constexpr auto kRetry = std::chrono::milliseconds(200);

Startup<void> failed(std::string what, zk::Error error) {
  return std::unexpected(fmt::format("{}: {}", what, zk::name(error)));
}

std::string addresses(const zk::BrokerRegistration& registration) {
  std::string text;
  for (const auto& endpoint : registration.endpoints) {
    text += fmt::format("{}{}://{}:{}", text.empty() ? "" : ",", endpoint.listener, endpoint.host,
                        endpoint.port);
  }
  return text;
}

}  // namespace

env::Task<zk::Result<zk::Reply>> Membership::read(std::string path) {
  zk::Request request = zk::GetData{std::move(path)};
  auto outcome = co_await client_->submit_one(std::move(request));
  if (!outcome) co_return std::unexpected(outcome.error().error);
  co_return *std::move(outcome);
}

env::Task<Startup<void>> Membership::create_top_level_paths() {
  for (const auto* path : zk::paths::kTopLevel) {
    const auto made = co_await client_->create_recursive(path, std::nullopt);
    if (!made && made.error() != zk::Error::kNodeExists) {
      co_return failed(fmt::format("Could not create {}", path), made.error());
    }
  }
  co_return Startup<void>{};
}

env::Task<Startup<std::string>> Membership::get_or_create_cluster_id() {
  auto known = co_await read(zk::paths::kClusterId);
  if (!known && known.error() == zk::Error::kNoNode) {
    Uuid id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
      id.bytes[i] = static_cast<std::uint8_t>(random_->next());
    }
    const zk::ClusterId node{to_string(id)};
    const auto made = co_await client_->create_recursive(zk::paths::kClusterId, node.encode());
    if (made) co_return node.id;
    if (made.error() != zk::Error::kNodeExists) {
      co_return std::unexpected(failed("Could not create /cluster/id", made.error()).error());
    }
    known = co_await read(zk::paths::kClusterId);
  }
  if (!known)
    co_return std::unexpected(failed("Could not read /cluster/id", known.error()).error());
  auto decoded = zk::ClusterId::decode(known->data.value_or(""));
  if (!decoded) co_return std::unexpected("Failed to parse the cluster id: " + decoded.error());
  co_return decoded->id;
}

env::Task<Startup<BrokerId>> Membership::generate_broker_id(std::int32_t reserved_max) {
  zk::Request request = zk::SetData{zk::paths::kBrokerSeqId, ""};
  const auto outcome = co_await client_->submit_one(std::move(request));
  if (!outcome) {
    co_return std::unexpected(
        failed("Failed to generate broker.id", outcome.error().error).error());
  }
  co_return BrokerId{reserved_max + outcome->stat.version};
}

env::Task<Startup<void>> Membership::refuse_migration() {
  const auto migration = co_await read(zk::paths::kMigration);
  if (migration && migration->data) {
    const auto state = zk::Migration::decode(*migration->data);
    if (state && state->kraft_controller_id != kNoBroker) {
      co_return std::unexpected(
          "This cluster is being migrated to KRaft (/migration exists), which is not supported");
    }
  }
  const auto controller = co_await read(zk::paths::kController);
  if (controller && controller->data) {
    const auto node = zk::ControllerNode::decode(*controller->data);
    if (node && node->kraft_controller_epoch > 0) {
      co_return std::unexpected("A KRaft controller owns this cluster, which is not supported");
    }
  }
  co_return Startup<void>{};
}

env::Task<Startup<void>> Membership::check_addresses(BrokerId self,
                                                     zk::BrokerRegistration registration) {
  zk::Request list = zk::GetChildren{zk::paths::kBrokerIds};
  const auto ids = co_await client_->submit_one(std::move(list));
  if (!ids) co_return failed("Could not list the brokers", ids.error().error);
  for (const auto& id : ids->children) {
    if (id == std::to_string(self.value)) continue;
    const auto node = co_await read(std::string(zk::paths::kBrokerIds) + "/" + id);
    if (!node || !node->data) continue;
    const auto other = zk::BrokerRegistration::decode(*node->data);
    if (!other) continue;
    for (const auto& ours : registration.endpoints) {
      const bool taken = std::ranges::any_of(other->endpoints, [&](const auto& theirs) {
        return theirs.host == ours.host && theirs.port == ours.port;
      });
      if (taken) {
        co_return std::unexpected(fmt::format(
            "requirement failed: Configured end points {}:{} in advertised listeners are already "
            "registered by broker {}",
            ours.host, ours.port, id));
      }
    }
  }
  co_return Startup<void>{};
}

// A fresh node has dataVersion 1: Kafka creates it empty and sets the data in one multi.
env::Task<zk::Result<BrokerEpoch>> Membership::try_register(std::string path, std::string payload) {
  zk::Multi multi;
  multi.ops.push_back(zk::Create{path, std::nullopt, zk::CreateMode::kEphemeral});
  multi.ops.push_back(zk::SetData{path, std::move(payload), 0});
  our_sessions_.push_back(client_->session_id());
  zk::Request request = std::move(multi);
  const auto outcome = co_await client_->submit_one(std::move(request));
  if (outcome) co_return BrokerEpoch{outcome->multi[1].stat.czxid};
  co_return std::unexpected(outcome.error().error);
}

// The node exists. Ours by a lost reply: done. Of an older session of ours: replaced. Else: not
// now.
env::Task<std::optional<BrokerEpoch>> Membership::take_over(std::string path, std::string payload) {
  const auto node = co_await read(path);
  if (!node) co_return std::nullopt;
  const auto owner = node->stat.ephemeral_owner;
  if (owner == client_->session_id()) co_return BrokerEpoch{node->stat.czxid};
  if (std::ranges::find(our_sessions_, owner) == our_sessions_.end()) co_return std::nullopt;
  zk::Request remove = zk::Delete{path};
  const auto removed = co_await client_->submit_one(std::move(remove));
  if (!removed && removed.error().error != zk::Error::kNoNode) co_return std::nullopt;
  const auto made = co_await try_register(path, std::move(payload));
  if (!made) co_return std::nullopt;
  co_return *made;
}

env::Task<Startup<BrokerEpoch>> Membership::register_broker(BrokerId self,
                                                            zk::BrokerRegistration registration,
                                                            env::Duration patience) {
  const auto path = zk::paths::broker(self);
  const auto payload = registration.encode();
  const auto deadline = clock_->now() + patience;
  env::log_info(kLogger, "Creating {} (is it secure? false)", path);
  while (!stopping_.is_set()) {
    const auto made = co_await try_register(path, payload);
    std::optional<BrokerEpoch> epoch;
    if (made) {
      epoch = *made;
    } else if (made.error() != zk::Error::kNodeExists) {
      co_return std::unexpected(failed("Could not register the broker", made.error()).error());
    } else {
      epoch = co_await take_over(path, payload);
    }
    if (epoch) {
      env::log_info(kLogger,
                    "Registered broker {} at path {} with addresses: {}, czxid (broker epoch): {}",
                    self.value, path, addresses(registration), epoch->value);
      co_return *epoch;
    }
    if (clock_->now() >= deadline) {
      co_return std::unexpected(
          fmt::format("Error while creating ephemeral at {}, node already exists and its owner is "
                      "another session",
                      path));
    }
    co_await stopping_.wait_until(*clock_, clock_->now() + kRetry);
  }
  co_return std::unexpected(fmt::format("The broker stops before {} could be created", path));
}

env::Task<void> Membership::announce_failed_directory(BrokerId self) {
  const zk::LogDirEvent event{self};
  zk::Request request = zk::Create{zk::paths::kLogDirEventPrefix, event.encode(),
                                   zk::CreateMode::kPersistentSequential};
  const auto outcome = co_await client_->submit_one(std::move(request));
  if (!outcome) {
    env::log_error(kLogger, "Could not announce a failed log directory: {}",
                   zk::name(outcome.error().error));
  }
}

}  // namespace barnabas::broker
