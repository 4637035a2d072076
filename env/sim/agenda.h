// What will happen in a simulated world, by virtual time.
//
// Owns        the functions not yet due, each with the node it belongs to (0: the world itself).
// Invariants  what happens at the same instant happens in an order drawn from the seed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <tuple>

#include "env/clock.h"
#include "env/sim/prng.h"

namespace barnabas::env::sim {

class Agenda {
 public:
  using Key = std::tuple<Instant, std::uint32_t, std::uint64_t>;  // when, drawn, number
  using Owner = std::uint64_t;
  static constexpr Owner kWorld = 0;
  struct Item {
    Owner owner;
    std::move_only_function<void()> fn;
  };

  explicit Agenda(Prng random) : random_(random) {}

  Key add(Owner owner, Instant at, std::move_only_function<void()> fn);
  void remove(const Key& key);
  void drop(Owner owner);
  std::optional<Instant> next() const;
  Item take();  // the first one; not when empty

 private:
  Prng random_;
  std::uint64_t number_ = 0;
  std::map<Key, Item> items_;
};

}  // namespace barnabas::env::sim
