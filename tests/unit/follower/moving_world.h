// Two simulated disks with a log directory each, one partition of ours, and the mover between them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/follower/directory_mover.h"
#include "env/sim/sim_files.h"
#include "env/sim/volume.h"
#include "protocol/records/batch.h"
#include "protocol/records/builder.h"
#include "tests/support/virtual_loop.h"

namespace barnabas::broker::follower::testing {

// Works at once, and lets something happen before each piece of work.
class BusyDisk final : public env::Disk {
 public:
  env::Task<void> run(std::move_only_function<void()> work) override {
    if (before) before();
    work();
    co_return;
  }
  std::function<void()> before;
};

inline std::vector<std::byte> one_record(std::int64_t offset, std::int32_t epoch) {
  records::BatchOptions options;
  options.base_offset = Offset(offset);
  options.leader_epoch = LeaderEpoch(epoch);
  records::RecordBatchBuilder builder(options);
  const std::string value = std::to_string(offset) + "@" + std::to_string(epoch);
  builder.append(Timestamp(1), {}, records::as_bytes(value));
  const auto built = builder.build();
  return {built.begin(), built.end()};
}

class MovingWorld {
 public:
  static TopicPartition tp() { return {"t", PartitionIndex(0)}; }

  MovingWorld() {
    config_->file_delete_delay_ms = 1000;
    config_->segment_index_bytes = 4096;
  }

  // (Re)starts the log manager; the partition leads in `epoch` if there is a log.
  bool open(int epoch) {
    log::LogManagerConfig config;
    config.directories = {"/a/logs", "/b/logs"};
    config.defaults = config_;
    logs = log::make_log_manager(config, files, loop.clock, random_);
    if (!logs->open()) return false;
    if (!logs->load([this](const std::string&) { return config_; }, {})) return false;
    partition = std::make_shared<replica::Partition>(
        tp(),
        replica::PartitionConfig{.self = BrokerId{1}, .alive = [](BrokerId) { return true; }});
    auto log = logs->get_or_create(tp(), {}, config_);
    if (!log) return false;
    partition->set_log(*log, Offset{0});
    replica::LeaderAndIsr role;
    role.leader = BrokerId{1};
    role.leader_epoch = LeaderEpoch{epoch};
    role.isr = role.replicas = {BrokerId{1}};
    if (!partition->make_leader(role, loop.clock.now())) return false;
    mover = std::make_unique<DirectoryMover>(MoverConfig{.piece_bytes = 500, .quota = &quota},
                                             logs.get(), &loop.clock, &disk, loop.executor());
    return true;
  }
  // As kill -9 (everything written stays) or as a power cut.
  void crash(bool power) {
    for (env::sim::Volume* volume : {&a, &b}) {
      power ? volume->power_lost() : volume->process_died();
      volume->set_fault(nullptr);
    }
    loop.run(mover->shutdown());
    mover.reset();
    partition.reset();
    logs.reset();
  }

  bool produce(int records = 1) {
    for (int i = 0; i < records; ++i) {
      auto bytes = one_record(0, 0);  // a producer knows no offsets
      std::vector<log::Appendable> sets{{.records = bytes}};
      const auto done = partition->append_as_leader(sets, 1, Timestamp(1), loop.clock.now());
      if (!done || done->appended.front().error != ErrorCode::kNone) return false;
      ++produced;
    }
    return true;
  }
  bool begin_move(const std::string& to = "/b/logs") {
    if (!logs->get_or_create_future(tp(), to, {}, config_)) return false;
    mover->move(std::span(&partition, 1));
    return true;
  }
  std::string where() const { return partition->log()->directory(); }
  // Offsets of the records, as a consumer reads them.
  std::vector<std::int64_t> consume() {
    std::vector<std::int64_t> offsets;
    for (std::int64_t next = 0;;) {
      const replica::ReadFrom from{
          .offset = Offset(next), .max_bytes = 4000, .min_one_batch = true};
      const auto reader = replica::Reader::of(BrokerId{-1}, BrokerEpoch{-1}, false, 11);
      const auto read = partition->read(reader, from, loop.clock.now());
      if (read.records.length == 0) return offsets;
      std::vector<std::byte> bytes(read.records.length);
      EXPECT_EQ(read.records.file->read_at(read.records.position, bytes), bytes.size());
      for (env::Bytes rest = bytes; !rest.empty();) {
        const auto batch = records::next_batch(rest);
        if (!batch) break;  // cut
        if (!batch->crc_valid()) return {};
        offsets.push_back(batch->base_offset().value);
        next = batch->next_offset().value;
        rest = rest.subspan(batch->size());
      }
    }
  }
  // 0, 1, 2, ... n-1
  static std::vector<std::int64_t> first(std::int64_t n) {
    std::vector<std::int64_t> offsets;
    for (std::int64_t i = 0; i < n; ++i) offsets.push_back(i);
    return offsets;
  }

  barnabas::testing::VirtualLoop loop;
  env::sim::Volume a{env::sim::Prng(1), [this] { return loop.clock.wall().count(); }};
  env::sim::Volume b{env::sim::Prng(2), [this] { return loop.clock.wall().count(); }};
  env::sim::SimFiles files{{{"a", &a}, {"b", &b}}};
  BusyDisk disk;
  std::unique_ptr<log::LogManager> logs;
  std::shared_ptr<replica::Partition> partition;
  std::unique_ptr<DirectoryMover> mover;
  std::int64_t produced = 0;
  quota::ReplicationQuota quota{quota::RateWindow{}, &loop.clock};

 private:
  barnabas::testing::SeededRandom random_{3};
  std::shared_ptr<log::LogConfig> config_ = std::make_shared<log::LogConfig>();
};

}  // namespace barnabas::broker::follower::testing
