#include "broker/controller_channel.h"

#include <algorithm>

namespace barnabas::broker {

ControllerChannel::ControllerChannel(ControllerChannelConfig config,
                                     replica::MetadataCache* metadata, env::Network* network,
                                     env::Executor executor)
    : config_(std::move(config)),
      metadata_(metadata),
      network_(network),
      executor_(std::move(executor)) {
  gate_.spawn(executor_, follow_the_controller());
}

std::optional<ControllerChannel::Target> ControllerChannel::target() const {
  const auto metadata = metadata_->snapshot();
  const auto* controller = metadata->broker(metadata->controller_id());
  const auto* endpoint = controller ? controller->endpoint(config_.listener) : nullptr;
  if (!endpoint) return std::nullopt;
  return Target{controller->id,
                metadata->controller_epoch(),
                {endpoint->host, static_cast<std::uint16_t>(endpoint->port)}};
}

// Closing wakes whoever waits for an answer of this connection.
void ControllerChannel::drop(const Connection* failed) {
  if (!failed || connection_.get() != failed) return;
  const auto last = std::exchange(connection_, nullptr);
  last->channel->close();
}

// A controller that hangs is not waited for once the cluster has another one.
env::Task<void> ControllerChannel::follow_the_controller() {
  while (!closed_) {
    env::Signal signal;
    look_again_ = signal;
    const auto watch = metadata_->watch(signal);
    if (connection_ && connection_->target != target()) drop(connection_.get());
    co_await signal.wait();
  }
}

// ApiVersions v0 is what every broker that has it understands.
env::Task<ControllerChannel::Connected> ControllerChannel::connect() {
  if (closed_) co_return std::unexpected(failure(std::errc::operation_canceled));
  auto wanted = target();
  if (!wanted) co_return std::unexpected(failure(std::errc::host_unreachable));
  if (!connection_ || connection_->target != *wanted) {
    drop(connection_.get());
    auto channel = network_->connect(wanted->address, executor_);
    connection_ = std::make_shared<Connection>(*std::move(wanted), std::move(channel),
                                               std::to_string(config_.self.value));
  }
  const auto connection = connection_;
  if (!connection->served) {
    protocol::ApiVersionsRequest question;
    auto served = co_await connection->caller.call(question, 0, config_.timeout);
    if (!served) {
      drop(connection.get());
      co_return std::unexpected(served.error());
    }
    connection->served = *std::move(served);
  }
  co_return connection;
}

std::optional<std::int16_t> ControllerChannel::Connection::agree(ApiKey key, std::int16_t lowest,
                                                                 std::int16_t highest) const {
  const auto& rows = served->api_keys;
  const auto row = std::ranges::find(rows, static_cast<std::int16_t>(key),
                                     [](const auto& r) { return r.api_key; });
  if (row == rows.end()) return std::nullopt;
  const auto version = std::min(highest, row->max_version);
  if (version < lowest || version < row->min_version) return std::nullopt;
  return version;
}

env::Task<void> ControllerChannel::close() {
  closed_ = true;
  drop(connection_.get());
  look_again_.set();
  gate_.close();
  co_await gate_.wait();
}

}  // namespace barnabas::broker
