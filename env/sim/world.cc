#include "env/sim/world.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "env/check.h"
#include "env/log.h"

namespace barnabas::env::sim {

namespace {

constexpr WallTime kWallStart{1'700'000'000'000};

}  // namespace

World::World(std::uint64_t seed)
    : random_(seed),
      turns_(random_.fork("turns")),
      agenda_(random_.fork("agenda")),
      wire_(this, random_.fork("wire")) {
  record(fmt::format("world {}", seed));
}

World::~World() {
  while (!running_.empty()) crash_now(running_.back()->name(), Crash::kProcess);
  if (captures_log_) set_log_sink(nullptr);
}

void World::capture_log() {
  captures_log_ = true;
  set_log_sink([this](LogLevel level, std::string_view logger, std::string_view message) {
    record(fmt::format("{} {} ({})", to_string(level), message, logger));
  });
}

WallTime World::wall() const {
  return kWallStart + std::chrono::duration_cast<WallTime>(now_.time_since_epoch());
}

Node& World::start(const std::string& name, std::vector<std::string> volumes) {
  BB_CHECK(find(name) == nullptr);
  std::map<std::string, Volume*> mounted;
  for (const std::string& v : volumes) mounted[v] = &volume(name, v);
  Agenda::Owner id = ++last_id_;
  running_.push_back(std::make_unique<Node>(this, name, id, random_.fork(name), mounted));
  wire_.powered(name);
  record(fmt::format("start {}", name));
  return *running_.back();
}

Node* World::find(const std::string& name) {
  auto found = std::ranges::find_if(running_, [&](const auto& n) { return n->name() == name; });
  return found == running_.end() ? nullptr : found->get();
}

Volume& World::volume(const std::string& node, const std::string& name) {
  std::unique_ptr<Volume>& place = volumes_[node][name];
  if (!place) {
    place = std::make_unique<Volume>(random_.fork(name), [this] { return wall().count(); });
  }
  return *place;
}

void World::crash(const std::string& name, Crash how) {
  if (inside_) {
    crashes_.emplace_back(name, how);
  } else {
    crash_now(name, how);
  }
}

void World::crash_now(const std::string& name, Crash how) {
  auto found = std::ranges::find_if(running_, [&](const auto& n) { return n->name() == name; });
  if (found == running_.end()) return;
  record(fmt::format("{} {}", how == Crash::kPower ? "power lost" : "crash", name));
  dead_.push_back(std::move(*found));
  running_.erase(found);
  Node* node = dead_.back().get();
  for (auto& [label, disk] : volumes_[name]) {
    how == Crash::kPower ? disk->power_lost() : disk->process_died();
  }
  wire_.crashed(node, how == Crash::kPower);
  node->die();
}

void World::pause(const std::string& name) {
  Node* node = find(name);
  if (node == nullptr || node->paused()) return;
  record(fmt::format("pause {}", name));
  node->pause();
}

void World::resume(const std::string& name) {
  Node* node = find(name);
  if (node == nullptr || !node->paused()) return;
  record(fmt::format("resume {}", name));
  for (auto& late : node->resume()) agenda_.add(node->id(), now_, std::move(late));
}

Node* World::paused_owner(Agenda::Owner owner) {
  auto found = std::ranges::find_if(running_,
                                    [&](const auto& n) { return n->id() == owner && n->paused(); });
  return found == running_.end() ? nullptr : found->get();
}

void World::at(Duration delay, std::function<void()> fn) {
  agenda_.add(Agenda::kWorld, now_ + delay, std::move(fn));
}

// A node's own code may ask for its crash; that waits until it has returned.
void World::act_inside(std::move_only_function<void()> fn) {
  inside_ = true;
  fn();
  fn = nullptr;
  inside_ = false;
  while (!crashes_.empty()) {
    auto [name, how] = crashes_.front();
    crashes_.erase(crashes_.begin());
    crash_now(name, how);
  }
}

bool World::poll_any() {
  std::size_t first = turns_.below(running_.size());
  for (std::size_t i = 0; i < running_.size(); ++i) {
    Node* node = running_[(first + i) % running_.size()].get();
    if (node->paused()) continue;
    bool ran = false;
    act_inside([node, &ran] { ran = node->poll_one(); });
    if (ran) return true;
  }
  return false;
}

void World::settle() {
  std::uint64_t turns = 0;
  while (poll_any()) BB_CHECK(++turns < kMaxTurns);
}

bool World::step(Instant limit) {
  settle();
  std::optional<Instant> next = agenda_.next();
  if (!next || *next > limit) return false;
  now_ = std::max(now_, *next);
  Agenda::Item item = agenda_.take();
  if (item.owner == Agenda::kWorld) {
    item.fn();
  } else if (Node* paused = paused_owner(item.owner)) {
    paused->postpone(std::move(item.fn));
  } else {
    act_inside(std::move(item.fn));
  }
  return true;
}

void World::run_for(Duration time) {
  Instant end = now_ + time;
  while (step(end)) {
  }
  now_ = end;
}

bool World::run_until(std::function<bool()> done, Duration limit) {
  Instant end = now_ + limit;
  while (!done()) {
    if (step(end)) continue;
    return done();
  }
  return true;
}

}  // namespace barnabas::env::sim
