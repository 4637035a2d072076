#include "broker/config_changes.h"

#include <algorithm>
#include <utility>

#include "env/log.h"
#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas::broker {
namespace {

constexpr auto kLogger = "kafka.common.ZkNodeChangeNotificationListener";
constexpr std::string_view kPrefix = "config_change_";

std::int64_t number_of(const std::string& node) {
  return zk::paths::sequence_number(node, kPrefix).value_or(-1);
}

std::string path_of(const std::string& node) {
  return std::string(zk::paths::kConfigChanges) + '/' + node;
}

}  // namespace

ConfigChanges::ConfigChanges(zk::Client* client, env::Clock* clock, env::Executor executor)
    : client_(client), clock_(clock), executor_(std::move(executor)) {}

env::Task<void> ConfigChanges::begin() {
  client_->watch_path(zk::paths::kConfigChanges,
                      {.on_event = [this](const zk::WatchEvent&) { wake_.set(); }});
  const auto nodes = co_await announcements();
  if (!nodes.empty()) last_ = number_of(nodes.back());
}

void ConfigChanges::start(Apply apply) {
  apply_ = std::move(apply);
  gate_.spawn(executor_, run());
}

void ConfigChanges::renewed(std::function<env::Task<void>()> reread) {
  reread_ = std::move(reread);
  wake_.set();
}

env::Task<void> ConfigChanges::stop() {
  stopped_ = true;
  wake_.set();
  client_->unwatch_path(zk::paths::kConfigChanges);
  gate_.close();
  co_await gate_.wait();
}

// Once at the start too: begin() has not looked how old things are, and the watch may have fired.
env::Task<void> ConfigChanges::run() {
  while (!stopped_) {
    wake_ = env::Signal();
    const env::Signal present = wake_;
    co_await process();
    if (!stopped_) co_await present.wait();
  }
}

env::Task<void> ConfigChanges::process() {
  auto nodes = co_await announcements();
  if (auto reread = std::exchange(reread_, nullptr)) {
    if (!nodes.empty()) last_ = std::max(last_, number_of(nodes.back()));
    co_await reread();
  }
  for (const auto& node : nodes) {
    if (stopped_) co_return;
    if (number_of(node) <= last_) continue;
    last_ = number_of(node);
    co_await apply_one(node);
  }
  co_await drop_old(std::move(nodes));
}

env::Task<std::vector<std::string>> ConfigChanges::announcements() {
  zk::Request request = zk::GetChildren{zk::paths::kConfigChanges, true};
  auto outcome = co_await client_->submit_one(std::move(request));
  if (!outcome) co_return std::vector<std::string>{};
  auto nodes = std::move(outcome->children);
  std::erase_if(nodes, [](const auto& node) { return number_of(node) < 0; });
  std::ranges::sort(nodes, {}, number_of);
  co_return nodes;
}

env::Task<void> ConfigChanges::apply_one(std::string node) {
  zk::Request request = zk::GetData{path_of(node)};
  const auto outcome = co_await client_->submit_one(std::move(request));
  if (!outcome) co_return;
  const auto change = zk::ConfigChange::decode(outcome->data.value_or(""));
  if (!change) {
    env::log_error(kLogger, "Error while processing notification change for path = {}: {}", node,
                   change.error());
    co_return;
  }
  env::log_info("kafka.server.ZkConfigManager", "Processing override for entityPath: {}",
                change->entity_path);
  co_await apply_(change->entity_path);
}

env::Task<void> ConfigChanges::drop_old(std::vector<std::string> nodes) {
  std::vector<zk::Request> looks;
  for (const auto& node : nodes) looks.push_back(zk::Exists{path_of(node)});
  const auto found = co_await client_->submit(std::move(looks));
  const std::chrono::milliseconds kept = kKeptFor;
  std::vector<zk::Request> removals;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool old = found[i] && clock_->wall().count() - found[i]->stat.ctime_ms > kept.count();
    if (old) removals.push_back(zk::Delete{path_of(nodes[i])});
  }
  if (!removals.empty()) co_await client_->submit(std::move(removals));
}

}  // namespace barnabas::broker
