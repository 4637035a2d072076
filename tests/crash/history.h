// A log under random work on a simulated disk, with a model of what it must hold.
//
// Owns        the disk, the manager, the model: per offset the record written last, and all ever
//             written.
// Invariants  checked at every restart: what was flushed is there as written, the rest is whole
//             batches that were really written, without holes, and the log takes appends again.
#pragma once

#include <map>
#include <set>

#include "protocol/records/record_reader.h"
#include "tests/unit/log/machine.h"

namespace barnabas::log {

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed), machine_(random_.fork("disk")) {
    machine_.config->segment_bytes = 2000;
    machine_.config->index_interval_bytes = 200;
    machine_.config->file_delete_delay_ms = 100;
  }

  env::sim::Volume& volume() { return machine_.volume; }
  LogManager& manager() { return *machine_.manager; }
  std::shared_ptr<Log> log() const { return log_; }
  std::int64_t flushed() const { return flushed_; }

  bool open() {
    if (!machine_.start()) return false;
    auto made = machine_.log();
    if (made) log_ = *made;
    return made.has_value();
  }
  void forget() {
    log_.reset();
    machine_.manager.reset();
  }

  // True if acknowledged; the record is in the model then.
  bool append(std::size_t bytes) {
    const std::string value = std::to_string(++serial_) + std::string(bytes, 'x');
    auto batch = encode({.values = {value}, .timestamp = machine_.clock.ms});
    Appendable set{batch, Origin::kClient, 11};
    const std::int64_t at = log_->log_end_offset().value;
    written_[at].insert(value);  // perhaps, even if it fails
    const Appended answer =
        log_->append_as_leader({&set, 1}, LeaderEpoch(0), Timestamp(machine_.clock.ms)).at(0);
    if (answer.error != ErrorCode::kNone) return false;
    current_[answer.first_offset.value] = value;
    return true;
  }
  bool flush() {
    const Offset end = log_->log_end_offset();
    if (!log_->flush(end)) return false;
    flushed_ = end.value;
    return true;
  }
  bool truncate(std::int64_t to) {
    flushed_ = std::min(flushed_, to);
    for (auto it = current_.lower_bound(to); it != current_.end();) it = current_.erase(it);
    return log_->truncate_to(Offset(to)).has_value();
  }
  void run_chores() {
    machine_.clock.ms += 60;
    manager().run_chores(Timestamp(machine_.clock.ms));
    flushed_ =
        std::max(flushed_, std::min(log_->recovery_point().value, log_->log_end_offset().value));
  }

  // A random step.
  void step() {
    machine_.clock.ms += 10;
    switch (random_.below(12)) {
      case 0: flush(); break;
      case 1: run_chores(); break;
      case 2: manager().checkpoint_recovery_points(); break;
      case 3:
        if (random_.chance(30))
          truncate(random_.below(static_cast<std::uint64_t>(log_->log_end_offset().value) + 1));
        break;
      default: append(random_.below(700)); break;
    }
  }

  void power_cut() {
    machine_.volume.power_lost();
    forget();
    ASSERT_TRUE(open()) << "after a power cut";
    compare(flushed_);
  }
  void process_death() {
    machine_.volume.process_died();
    forget();
    ASSERT_TRUE(open()) << "after a kill";
    compare(static_cast<std::int64_t>(current_.empty() ? 0 : current_.rbegin()->first + 1));
  }
  void clean_restart() {
    manager().shutdown();
    forget();
    ASSERT_TRUE(open()) << "after a clean stop";
    compare(static_cast<std::int64_t>(current_.empty() ? 0 : current_.rbegin()->first + 1));
  }

  // Everything below `promised` as written; the rest some record once written there; no holes.
  // Then the model becomes what is there.
  void compare(std::int64_t promised) {
    const std::map<std::int64_t, std::string> found = contents();
    const std::int64_t end = log_->log_end_offset().value;
    EXPECT_GE(end, promised);
    EXPECT_EQ(log_->log_start_offset(), Offset(0));
    for (std::int64_t at = log_->log_start_offset().value; at < end; ++at) {
      const auto it = found.find(at);
      ASSERT_NE(it, found.end()) << "a hole at " << at;
      if (at < promised)
        EXPECT_EQ(it->second.substr(0, 8), current_.at(at).substr(0, 8)) << "at " << at;
      EXPECT_TRUE(written_[at].contains(it->second)) << "never written at " << at;
    }
    current_ = found;
    flushed_ = promised;
  }

 private:
  std::map<std::int64_t, std::string> contents() const {
    std::map<std::int64_t, std::string> out;
    std::int64_t next = log_->log_start_offset().value;
    while (Offset(next) < log_->log_end_offset()) {
      const auto slice = log_->read(Offset(next), 1 << 20, true, log_->log_end_offset());
      if (!slice || slice->slice.length == 0) break;
      std::vector<std::byte> bytes(slice->slice.length);
      if (slice->slice.file->read_at(slice->slice.position, bytes) != bytes.size()) break;
      const std::int64_t from = next;
      for (env::Bytes rest = bytes; !rest.empty();) {
        const auto batch = records::next_batch(rest);
        if (!batch && next > from) break;  // cut
        if (!batch || !batch->crc_valid()) return out;
        (void)records::for_each_record(*batch, [&](const records::Record& r) {
          out[r.offset.value] = std::string(records::as_text(*r.value));
          return true;
        });
        next = batch->next_offset().value;
        rest = rest.subspan(batch->size());
      }
    }
    return out;
  }

  env::sim::Prng random_;
  Machine machine_;
  std::shared_ptr<Log> log_;
  std::map<std::int64_t, std::string> current_;
  std::map<std::int64_t, std::set<std::string>> written_;
  std::int64_t flushed_ = 0;
  std::uint64_t serial_ = 0;
};

}  // namespace barnabas::log
