#include "env/sim/wire.h"

#include <fmt/core.h>

#include <algorithm>

#include "env/sim/link.h"
#include "env/sim/world.h"

namespace barnabas::env::sim {

Wire::Wire(World* world, Prng random) : world_(world), random_(random) {}

Wire::~Wire() = default;

std::shared_ptr<Pipeline> Wire::connect(Node* client, Address address) {
  std::erase_if(links_, [](const std::weak_ptr<Link>& link) { return link.expired(); });
  auto link = std::make_shared<Link>(this, client, std::move(address), ++last_connection_);
  links_.push_back(link);
  link->begin();
  return link;
}

void Wire::listen(Node* node, std::uint16_t port, Handler handler) {
  listeners_[Address{node->name(), port}] = {node, std::move(handler)};
}

void Wire::stop_listening(Node* node, std::uint16_t port) {
  listeners_.erase(Address{node->name(), port});
}

const Handler* Wire::listener(const Address& address) const {
  auto found = listeners_.find(address);
  return found == listeners_.end() ? nullptr : &found->second.second;
}

void Wire::cut(const std::string& from, const std::string& to) {
  world_->record(fmt::format("cut {} > {}", from, to));
  cuts_.emplace(from, to);
}

void Wire::heal(const std::string& from, const std::string& to) {
  world_->record(fmt::format("heal {} > {}", from, to));
  cuts_.erase({from, to});
  pump_all();
}

void Wire::isolate(const std::string& node, std::vector<std::string> others) {
  for (const std::string& other : others) {
    cut(node, other);
    cut(other, node);
  }
}

void Wire::heal_all() {
  world_->record("heal all");
  cuts_.clear();
  pump_all();
}

bool Wire::is_cut(const std::string& from, const std::string& to) const {
  return cuts_.contains({from, to});
}

void Wire::pump_all() {
  for (const std::weak_ptr<Link>& weak : links_) {
    if (std::shared_ptr<Link> link = weak.lock()) link->pump();
  }
}

void Wire::reset(const std::string& a, const std::string& b) {
  world_->record(fmt::format("reset {} {}", a, b));
  std::vector<std::weak_ptr<Link>> links = links_;
  for (const std::weak_ptr<Link>& weak : links) {
    std::shared_ptr<Link> link = weak.lock();
    if (link && link->between(a, b)) link->reset();
  }
}

void Wire::crashed(Node* node, bool silently) {
  std::erase_if(listeners_, [node](const auto& entry) { return entry.second.first == node; });
  if (silently) silent_.insert(node->name());
  std::vector<std::weak_ptr<Link>> links = links_;
  for (const std::weak_ptr<Link>& weak : links) {
    if (std::shared_ptr<Link> link = weak.lock()) link->died(node, silently);
  }
}

Duration Wire::delay() {
  bool slow = random_.chance(options_.slow_percent);
  Duration longest = slow ? options_.slowest : options_.longest;
  return options_.shortest + Duration(random_.below((longest - options_.shortest).count() + 1));
}

bool Wire::loses() { return random_.below(1000) < options_.reset_per_thousand; }

}  // namespace barnabas::env::sim
