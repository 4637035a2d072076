#include "env/sim/node.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "env/check.h"
#include "env/pipelined_channel.h"
#include "env/sim/world.h"

namespace barnabas::env::sim {

namespace {

struct Alarm {
  Agenda::Key key;
  std::move_only_function<void()> fn;
};

class SimTimer : public Timer {
 public:
  SimTimer(Agenda* agenda, std::shared_ptr<Alarm> alarm)
      : agenda_(agenda), alarm_(std::move(alarm)) {}
  ~SimTimer() override { cancel(); }
  void cancel() override {
    std::move_only_function<void()> dropped = std::exchange(alarm_->fn, nullptr);
    if (dropped) agenda_->remove(alarm_->key);
  }

 private:
  Agenda* agenda_;
  std::shared_ptr<Alarm> alarm_;
};

}  // namespace

Instant SimClock::now() const { return node_->world().now(); }

WallTime SimClock::wall() const { return node_->world().wall() + wall_offset_; }

std::unique_ptr<Timer> SimClock::after(Executor executor, Duration delay,
                                       std::move_only_function<void()> fn) {
  std::shared_ptr<Alarm> alarm = std::make_shared<Alarm>();
  alarm->fn = std::move(fn);
  Agenda& agenda = node_->world().agenda();
  if (node_->alive()) {
    auto run = [alarm] {
      std::move_only_function<void()> due = std::exchange(alarm->fn, nullptr);
      if (due) due();
    };
    Instant at = node_->world().now() + std::max(delay, Duration::zero());
    alarm->key = agenda.add(node_->id(), at, [executor, run] { boost::asio::post(executor, run); });
  }
  return std::make_unique<SimTimer>(&agenda, alarm);
}

void SimDisk::set_delay(Duration shortest, Duration longest) {
  shortest_ = shortest;
  longest_ = longest;
}

Task<void> SimDisk::run(std::move_only_function<void()> work) {
  Signal done;
  Duration spread = longest_ - shortest_;
  Duration delay = shortest_ + Duration(node_->random().below(spread.count() + 1));
  auto finish = [work = std::move(work), done]() mutable {
    work();
    work = nullptr;
    done.set();
  };
  World& world = node_->world();
  world.agenda().add(node_->id(), world.now() + delay, std::move(finish));
  co_await done.wait();
}

std::unique_ptr<Channel> SimNetwork::connect(Address address, Executor) {
  Node* node = node_;
  auto open = [node, address] { return node->world().wire().connect(node, address); };
  return std::make_unique<PipelinedChannel>(node_->clock(), open);
}

void SimNetwork::listen(std::uint16_t port, Handler handler) {
  node_->world().wire().listen(node_, port, std::move(handler));
}

void SimNetwork::stop_listening(std::uint16_t port) {
  node_->world().wire().stop_listening(node_, port);
}

Node::Node(World* world, std::string name, Agenda::Owner id, Prng random,
           std::map<std::string, Volume*> volumes)
    : world_(world),
      name_(std::move(name)),
      id_(id),
      random_(random),
      work_(context_.get_executor()),
      clock_(this),
      files_(std::move(volumes)),
      disk_(this),
      network_(this) {}

Node::~Node() { BB_CHECK(!alive_); }

void Node::spawn(Task<void> task) { BB_CHECK(gate_.spawn(executor(), std::move(task))); }

bool Node::poll_one() { return context_.poll_one() > 0; }

std::vector<std::move_only_function<void()>> Node::resume() {
  paused_ = false;
  return std::exchange(postponed_, {});
}

void Node::die() {
  alive_ = false;
  postponed_.clear();
  files_.close();
  world_->agenda().drop(id_);
  context_.end();
  while (!kept_.empty()) kept_.pop_back();
}

}  // namespace barnabas::env::sim
