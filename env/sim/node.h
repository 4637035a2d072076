// One simulated process: its own io_context and its own ports, all of which die with it.
//
// Owns        the io_context and thereby every coroutine of the process, its ports, and what it was
//             given to keep (the Broker).
// Does not    own its volumes: they survive it, in the World.
// Threading   the simulator's one thread.
// Invariants  after a crash nothing of it runs: the io_context is never polled again, its
//             coroutines are unwound, its timers and disk work are gone, its files refuse every
//             call.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "env/clock.h"
#include "env/disk.h"
#include "env/network.h"
#include "env/sim/agenda.h"
#include "env/sim/prng.h"
#include "env/sim/sim_files.h"
#include "env/sim/wire.h"
#include "env/spawn.h"

namespace barnabas::env::sim {

class World;
class Node;

class SimClock : public Clock {
 public:
  explicit SimClock(Node* node) : node_(node) {}
  Instant now() const override;
  WallTime wall() const override;
  std::unique_ptr<Timer> after(Executor executor, Duration delay,
                               std::move_only_function<void()> fn) override;
  void set_wall_offset(WallTime offset) { wall_offset_ = offset; }

 private:
  Node* node_;
  WallTime wall_offset_{0};
};

// Work runs at a drawn moment, as a whole: several pieces may overtake each other, as on real
// threads.
class SimDisk : public Disk {
 public:
  explicit SimDisk(Node* node) : node_(node) {}
  Task<void> run(std::move_only_function<void()> work) override;
  void set_delay(Duration shortest, Duration longest);

 private:
  Node* node_;
  Duration shortest_ = std::chrono::microseconds(20);
  Duration longest_ = std::chrono::milliseconds(2);
};

class SimNetwork : public Network {
 public:
  explicit SimNetwork(Node* node) : node_(node) {}
  std::unique_ptr<Channel> connect(Address address, Executor executor) override;
  // Serves `port` of this node until it dies. One connection's requests are handled one by one, in
  // order; the handler answers std::nullopt to close the connection.
  void listen(std::uint16_t port, Handler handler);
  void stop_listening(std::uint16_t port);

 private:
  Node* node_;
};

class Node {
 public:
  Node(World* world, std::string name, Agenda::Owner id, Prng random,
       std::map<std::string, Volume*> volumes);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const std::string& name() const { return name_; }
  bool alive() const { return alive_; }
  Executor executor() { return context_.get_executor(); }
  SimClock& clock() { return clock_; }
  SimFiles& files() { return files_; }
  SimDisk& disk() { return disk_; }
  SimNetwork& network() { return network_; }
  Prng& random() { return random_; }

  // Runs a coroutine of this process.
  void spawn(Task<void> task);
  // Destroyed when the process dies, after its coroutines, the last one first.
  void keep(std::shared_ptr<void> object) { kept_.push_back(std::move(object)); }

  World& world() { return *world_; }
  Agenda::Owner id() const { return id_; }
  // For the World: use World::crash, pause and resume.
  bool poll_one();
  void die();
  void pause() { paused_ = true; }
  bool paused() const { return paused_; }
  void postpone(std::move_only_function<void()> due) { postponed_.push_back(std::move(due)); }
  std::vector<std::move_only_function<void()>> resume();  // what fell due meanwhile

 private:
  // Asio lets a derived class end a context early: handlers destroyed, executors still valid, so
  // that others who hold one may post to it, in vain.
  class Context : public boost::asio::io_context {
   public:
    void end() { shutdown(); }
  };

  World* world_;
  std::string name_;
  Agenda::Owner id_;
  bool alive_ = true;
  bool paused_ = false;
  Prng random_;
  Context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  SimClock clock_;
  SimFiles files_;
  SimDisk disk_;
  SimNetwork network_;
  Gate gate_;
  std::vector<std::shared_ptr<void>> kept_;
  std::vector<std::move_only_function<void()>> postponed_;
};

}  // namespace barnabas::env::sim
