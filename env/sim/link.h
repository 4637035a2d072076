// One simulated TCP connection: a client's Pipeline, a server's serving coroutine, a pipe each way.
//
// Owns        the frames on their way and those the server has not yet handled.
// Threading   the simulator's one thread.
// Invariants  nothing is delivered to an end that has closed or died.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "env/pipelined_channel.h"
#include "env/sim/wire.h"

namespace barnabas::env::sim {

class Link : public Pipeline, public std::enable_shared_from_this<Link> {
 public:
  Link(Wire* wire, Node* client, Address address, std::uint64_t number);

  void begin();  // the client knocks
  void submit(std::shared_ptr<Exchange> exchange) override;
  void fail(std::error_code error) override;
  bool failed() const override { return failed_; }

  void pump();                           // goes on after a heal
  void died(Node* node, bool silently);  // a crash of one end, or of neither
  void reset();                          // both ends lose it
  bool between(const std::string& a, const std::string& b) const;

 private:
  enum class Kind { kOpen, kFrame, kClose, kRefuse };
  struct Item {
    Kind kind;
    Frame frame;
    Instant due;
  };
  // One direction. `waiting`: its first item is on the agenda.
  struct Pipe {
    std::deque<Item> items;
    Instant last;
    bool waiting = false;
  };

  void send(bool to_server, Kind kind, Frame frame);
  void schedule(bool to_server);
  void arrive(bool to_server);
  void at_server(Item item);
  void at_client(Item item);
  void lose_tail(Pipe* pipe);
  // Holds the Link from before its first step: the client may be gone by then.
  static Task<void> run(std::shared_ptr<Link> self, Node* server, Handler handler);
  Task<void> serve(Node* server, Handler handler);
  void record(bool to_server, const Item& item) const;
  const std::string& host(bool server) const { return server ? address_.host : client_host_; }

  Wire* wire_;
  Node* client_;  // nullptr: dead
  std::string client_host_;
  Address address_;
  std::uint64_t number_;
  bool failed_ = false;
  std::deque<std::shared_ptr<Exchange>> unanswered_;
  Pipe pipes_[2];  // to the client, to the server

  Node* server_ = nullptr;  // nullptr: not yet, closed or dead
  std::deque<Frame> inbox_;
  bool ended_ = false;  // the client has closed
  Signal more_;
};

}  // namespace barnabas::env::sim
