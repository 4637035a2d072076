// The simulated network: connections between nodes, and everything that goes wrong with them.
//
// Owns        the connections, the frames on their way, who listens, and which ways are cut.
// Does not    know what a frame says. A host is a node's name.
// Threading   the simulator's one thread.
// Invariants  one way of one connection is in order, as TCP is. A frame may arrive after its sender
//             has given up or died. On a cut way frames wait until it is healed, as retransmissions
//             do.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "env/network.h"
#include "env/pipelined_channel.h"
#include "env/sim/prng.h"

namespace barnabas::env::sim {

class Link;
class Node;
class World;

struct Incoming {
  std::string from;              // the client's node
  std::uint64_t connection = 0;  // unique in the world
  Frame frame;
};

using Handler = std::function<Task<std::optional<Frame>>(Incoming)>;

struct WireOptions {
  Duration shortest = std::chrono::microseconds(50);
  Duration longest = std::chrono::milliseconds(2);
  unsigned slow_percent = 1;  // of the frames, up to `slowest` instead
  Duration slowest = std::chrono::milliseconds(200);
  unsigned reset_per_thousand = 0;  // of the frames: lost, with their connection
};

class Wire {
 public:
  Wire(World* world, Prng random);
  ~Wire();

  std::shared_ptr<Pipeline> connect(Node* client, Address address);
  void listen(Node* node, std::uint16_t port, Handler handler);
  void stop_listening(Node* node, std::uint16_t port);

  void set_options(WireOptions options) { options_ = options; }
  // One way, from node to node. New connections over a cut way hang until their caller gives up.
  void cut(const std::string& from, const std::string& to);
  void heal(const std::string& from, const std::string& to);
  void isolate(const std::string& node, std::vector<std::string> others);  // both ways
  void heal_all();
  bool is_cut(const std::string& from, const std::string& to) const;
  // Resets every connection between the two.
  void reset(const std::string& a, const std::string& b);

  // For the World and the Links.
  void powered(const std::string& host) { silent_.erase(host); }
  void crashed(Node* node, bool silently);
  const Handler* listener(const Address& address) const;
  Duration delay();
  bool loses();
  bool is_silent(const std::string& host) const { return silent_.contains(host); }
  World& world() { return *world_; }

 private:
  void pump_all();

  World* world_;
  Prng random_;
  WireOptions options_;
  std::map<Address, std::pair<Node*, Handler>> listeners_;
  std::set<std::pair<std::string, std::string>> cuts_;
  std::set<std::string> silent_;  // hosts without power: they do not even refuse
  std::uint64_t last_connection_ = 0;
  std::vector<std::weak_ptr<Link>> links_;
};

}  // namespace barnabas::env::sim
