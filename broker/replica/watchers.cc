#include "broker/replica/watchers.h"

#include <vector>

namespace barnabas::broker::replica {

Watch::~Watch() {
  if (!list_) return;
  const std::lock_guard lock(list_->mutex);
  if (waiter_->listed) list_->count.fetch_sub(1);
  (waiter_->listed ? list_->waiting : list_->woken).erase(waiter_);
}

Watch Watchers::add(env::Signal signal, Events events) {
  Watch watch;
  watch.list_ = list_;
  const std::lock_guard lock(list_->mutex);
  list_->waiting.push_back({std::move(signal), events | kLeadership, true});
  watch.waiter_ = std::prev(list_->waiting.end());
  list_->count.fetch_add(1);
  return watch;
}

void Watchers::notify(Events events) {
  if (events == 0) return;
  list_->changes.fetch_add(1);  // before the count is read: add() does both the other way round
  if (list_->count.load() == 0) return;
  std::vector<env::Signal> signals;
  {
    const std::lock_guard lock(list_->mutex);
    auto& waiting = list_->waiting;
    for (auto it = waiting.begin(); it != waiting.end();) {
      const auto here = it++;
      if ((here->events & events) == 0) continue;
      signals.push_back(here->signal);
      here->listed = false;
      list_->woken.splice(list_->woken.end(), waiting, here);
    }
    list_->count.fetch_sub(signals.size());
  }
  for (const env::Signal& signal : signals) signal.set();
}

}  // namespace barnabas::broker::replica
