// Who waits for something to change here: signals, set at most once each.
//
// Owns        the list of registered signals; how often something has changed.
// Does not    say what changed: the woken one looks again. Register first, then look, then wait:
//             no change can be missed.
// Threading   every method from any thread; signals are set outside the lock.
// Invariants  a signal is set at most once and leaves the list then; a destroyed Watch is not set.
// Kafka       the watcher lists of server/DelayedOperationPurgatory. Differs: no keys, no reaper,
//             no time-outs.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "env/spawn.h"

namespace barnabas::broker::replica {

// What a waiter wants to hear of; bits. Every waiter of a partition hears of kLeadership as well
// (leader, follower, deleted, offline), wanted or not.
using Events = std::uint32_t;
inline constexpr Events kHighWatermarkMoved = 1;
inline constexpr Events kLogEndMoved = 2;
inline constexpr Events kLastStableMoved = 4;
inline constexpr Events kLowWatermarkMoved = 8;  // the lowest log start of all live replicas
inline constexpr Events kLeadership = 16;
inline constexpr Events kLogStartMoved = 32;

class Watchers;

// A registration; destroying it takes it back.
class Watch {
 public:
  Watch() = default;
  Watch(Watch&& other) noexcept { swap(other); }
  Watch& operator=(Watch&& other) noexcept {
    Watch(std::move(other)).swap(*this);
    return *this;
  }
  ~Watch();

 private:
  friend class Watchers;
  struct Waiter {
    env::Signal signal;
    Events events = 0;
    bool listed = true;
  };
  struct List {
    std::mutex mutex;
    std::list<Waiter> waiting;
    std::list<Waiter> woken;  // set already, their Watch still lives
    std::atomic<std::size_t> count{0};
    std::atomic<std::uint64_t> changes{0};
  };
  void swap(Watch& other) noexcept {
    std::swap(list_, other.list_);
    std::swap(waiter_, other.waiter_);
  }
  std::shared_ptr<List> list_;
  std::list<Waiter>::iterator waiter_{};
};

class Watchers {
 public:
  Watchers() : list_(std::make_shared<Watch::List>()) {}
  [[nodiscard]] Watch add(env::Signal signal, Events events);
  // Sets every signal that wants one of `events`.
  void notify(Events events);
  std::size_t size() const { return list_->count.load(); }
  // How often notify() was called: who noted it, looked, and now waits here, need look again only
  // when it is another one.
  std::uint64_t changes() const { return list_->changes.load(); }

 private:
  std::shared_ptr<Watch::List> list_;
};

}  // namespace barnabas::broker::replica
