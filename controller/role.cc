#include "controller/role.h"

#include <utility>

namespace barnabas::controller {

Role::Role(const ControllerConfig& config, Term term, RolePorts ports)
    : config_(config),
      term_(term),
      ports_(std::move(ports)),
      store_(*ports_.client, term.fence),
      changes_(context_, store_,
               {term.epoch, config.ibp, ports_.unclean_by_default, ports_.unclean_elections},
               [this](std::vector<Outgoing> requests) { send(std::move(requests)); }) {}

Role::~Role() {
  for (const std::string& path : watched_) ports_.client->unwatch_path(path);
}

void Role::watch(const std::string& path, zk::EventType type, RoleEvent event) {
  auto told = [this, type, event = std::move(event)](const zk::WatchEvent& seen) {
    news_.set();
    if (seen.type == type) ports_.post(event);
  };
  ports_.client->watch_path(path, {std::move(told)});
  watched_.insert(path);
}

void Role::watch_all(const std::string& path, RoleEvent event) {
  auto told = [post = ports_.post, event = std::move(event)](const zk::WatchEvent&) {
    post(event);
  };
  ports_.client->watch_path(path, {std::move(told)});
  watched_.insert(path);
}

void Role::unwatch(const std::string& path) {
  ports_.client->unwatch_path(path);
  watched_.erase(path);
}

void Role::send(std::vector<Outgoing> requests) {
  for (Outgoing& request : requests) {
    if (kept_ != nullptr) {
      kept_->push_back(std::move(request));
      continue;
    }
    const auto sender = senders_.find(request.to);
    if (sender != senders_.end()) sender->second->send(std::move(request));
  }
}

void Role::interrupt() {
  interrupted_ = true;
  news_.set();
}

env::Signal Role::listen() {
  news_ = env::Signal();
  if (interrupted_) news_.set();
  return news_;
}

env::Task<void> Role::news(env::Signal listened, env::Instant deadline) {
  co_await listened.wait_until(*ports_.sender.clock, deadline);
  if (interrupted_) throw RoleLost{RoleLost::Why::kSession, "the term is over"};
}

}  // namespace barnabas::controller
