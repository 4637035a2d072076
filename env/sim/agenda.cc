#include "env/sim/agenda.h"

#include <utility>
#include <vector>

namespace barnabas::env::sim {

Agenda::Key Agenda::add(Owner owner, Instant at, std::move_only_function<void()> fn) {
  Key key{at, static_cast<std::uint32_t>(random_.next()), ++number_};
  items_.emplace(key, Item{owner, std::move(fn)});
  return key;
}

void Agenda::remove(const Key& key) {
  // Out of the map before it is destroyed: what it owns may have entries here.
  auto removed = items_.extract(key);
}

void Agenda::drop(Owner owner) {
  std::vector<std::map<Key, Item>::node_type> dropped;
  for (auto item = items_.begin(); item != items_.end();) {
    auto next = std::next(item);
    if (item->second.owner == owner) dropped.push_back(items_.extract(item));
    item = next;
  }
}

std::optional<Instant> Agenda::next() const {
  if (items_.empty()) return std::nullopt;
  return std::get<Instant>(items_.begin()->first);
}

Agenda::Item Agenda::take() { return std::move(items_.extract(items_.begin()).mapped()); }

}  // namespace barnabas::env::sim
