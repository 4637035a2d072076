// What a simulated disk keeps: sync_directory() and crashes.
#include <algorithm>
#include <tuple>
#include <utility>

#include "env/sim/volume.h"

namespace barnabas::env::sim {

// A change whose starting point was lost is lost too.
void Volume::apply_durable(const Change& change) {
  if (change.from.directory) {
    Inode::Entries& names = change.from.directory->durable;
    auto found = names.find(change.from.name);
    if (found == names.end() || found->second != change.inode) return;
    names.erase(found);
  }
  if (change.to.directory) change.to.directory->durable[change.to.name] = change.inode;
}

// Makes every change in `directory` durable, and the earlier ones that those stand on.
void Volume::commit(const Directory& directory) {
  std::set<std::shared_ptr<Inode>> inodes;
  std::set<Entry> entries;
  std::vector<bool> chosen(pending_.size());
  for (std::size_t i = pending_.size(); i-- > 0;) {
    const Change& change = pending_[i];
    chosen[i] = change.from.directory == directory || change.to.directory == directory ||
                inodes.contains(change.inode) || entries.contains(change.from) ||
                entries.contains(change.to);
    if (!chosen[i]) continue;
    inodes.insert(change.inode);
    if (change.from.directory) entries.insert(change.from);
    if (change.to.directory) entries.insert(change.to);
  }
  std::vector<Change> left;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (chosen[i]) {
      apply_durable(pending_[i]);
    } else {
      left.push_back(std::move(pending_[i]));
    }
  }
  pending_ = std::move(left);
}

void Volume::process_died() {
  ++generation_;
  locked_.clear();
}

// File systems with a journal keep a first part of the changes; POSIX allows any selection.
void Volume::power_lost() {
  process_died();
  bool journal = random_.chance(50);
  std::size_t kept = random_.below(pending_.size() + 1);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    bool survives = journal ? i < kept : random_.chance(50);
    if (survives) apply_durable(pending_[i]);
  }
  pending_.clear();
  settle(root_);
}

void Volume::settle(const std::shared_ptr<Inode>& inode) {
  inode->content.settle(random_);
  inode->live = inode->durable;
  for (const auto& [name, child] : inode->live) settle(child);
}

}  // namespace barnabas::env::sim
