// A simulated world: nodes, disks, a network, a clock. One thread, virtual time, one seed.
//
// Owns        everything simulated. A node that died leaves its volumes; the next start() of its
//             name gets them back.
// Does not    run by itself: run_for() and run_until() run whatever is runnable, then move the
//             clock to the next thing on the agenda.
// Threading   one thread.
// Invariants  the same seed and the same calls give the same History, byte for byte.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "env/clock.h"
#include "env/sim/agenda.h"
#include "env/sim/history.h"
#include "env/sim/node.h"
#include "env/sim/prng.h"
#include "env/sim/volume.h"
#include "env/sim/wire.h"

namespace barnabas::env::sim {

enum class Crash {
  kProcess,  // kill -9: the kernel keeps the files and resets the connections
  kPower,    // what was not synced may be lost or torn; peers hear nothing
};

class World {
 public:
  explicit World(std::uint64_t seed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Instant now() const { return now_; }
  WallTime wall() const;
  Prng& random() { return random_; }
  Agenda& agenda() { return agenda_; }
  Wire& wire() { return wire_; }
  History& history() { return history_; }
  void record(std::string_view line) { history_.add(now_, line); }

  // Starts a process that is not running now. Each volume shows up as "/<volume>" in its files.
  Node& start(const std::string& name, std::vector<std::string> volumes = {"data"});
  Node* find(const std::string& name);  // nullptr when it does not run
  // At once; called from inside a node's own code, as soon as that has returned.
  void crash(const std::string& name, Crash how);
  // SIGSTOP: it does nothing, its timers and disk work wait; the kernel still takes what is sent to
  // it. Nothing if it does not run.
  void pause(const std::string& name);
  void resume(const std::string& name);
  Volume& volume(const std::string& node, const std::string& name);

  // What env/log.h prints goes to the history instead, while this world lives.
  void capture_log();

  // Runs `fn` as the world's own act after `delay`: a fault of a test's script.
  void at(Duration delay, std::function<void()> fn);
  void run_for(Duration time);
  // True as soon as `done` holds; false when `limit` has passed or nothing is left to happen.
  bool run_until(std::function<bool()> done, Duration limit);

 private:
  bool step(Instant limit);
  void settle();
  bool poll_any();
  void act_inside(std::move_only_function<void()> fn);
  void crash_now(const std::string& name, Crash how);
  Node* paused_owner(Agenda::Owner owner);  // nullptr if it is not paused

  // Handlers run at one instant before we call it a livelock of ours.
  static constexpr std::uint64_t kMaxTurns = 20'000'000;

  Prng random_;
  Prng turns_;
  Instant now_{std::chrono::hours(1)};
  History history_;
  Agenda agenda_;
  Wire wire_;
  Agenda::Owner last_id_ = Agenda::kWorld;
  bool inside_ = false;  // a node's own code is on the stack
  bool captures_log_ = false;
  std::vector<std::pair<std::string, Crash>> crashes_;  // asked for from inside
  std::map<std::string, std::map<std::string, std::unique_ptr<Volume>>> volumes_;
  std::vector<std::unique_ptr<Node>> running_;
  std::vector<std::unique_ptr<Node>> dead_;  // kept: others may still hold their executors
};

}  // namespace barnabas::env::sim
