// What the log's tests share: a directory of their own, a clock that stands, batches in one line.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "env/clock.h"
#include "env/posix/posix_files.h"
#include "env/random.h"
#include "log/log_manager.h"
#include "protocol/records/builder.h"
#include "protocol/records/control.h"

namespace barnabas::log {

class StandingClock final : public env::Clock {
 public:
  env::Instant now() const override { return env::Instant(std::chrono::milliseconds(ms)); }
  env::WallTime wall() const override { return env::WallTime(ms); }
  std::unique_ptr<env::Timer> after(env::Executor, env::Duration,
                                    std::move_only_function<void()>) override {
    std::abort();  // logs set no timers
  }
  std::int64_t ms = 1'700'000'000'000;
};

class CountingRandom final : public env::Random {
 public:
  std::uint64_t next() override { return ++value; }
  std::uint64_t value = 0;
};

inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::vector<std::byte> bytes_of(const std::string& text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

inline std::string text_of(env::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string sample(const std::string& name) {
  return read_text(std::string(TEST_DATA) + "/log/" + name);
}

class TempDirectory {
 public:
  TempDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "barnabas-log-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDirectory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A producer's batch in the making.
struct Batch {
  std::vector<std::string> values = {"v"};
  std::int64_t timestamp = 1'700'000'000'000;
  std::int64_t timestamp_step = 0;
  std::int64_t producer = -1;
  std::int16_t epoch = -1;
  std::int32_t sequence = -1;
  bool transactional = false;
  std::int64_t base = 0;
  std::int32_t leader_epoch = -1;
  records::Codec codec = records::Codec::kNone;
};

inline records::Buffer encode(const Batch& b) {
  records::BatchOptions options;
  options.base_offset = Offset(b.base);
  options.producer_id = ProducerId(b.producer);
  options.producer_epoch = ProducerEpoch(b.epoch);
  options.base_sequence = Sequence(b.sequence);
  options.transactional = b.transactional;
  options.leader_epoch = LeaderEpoch(b.leader_epoch);
  options.compression.codec = b.codec;
  records::RecordBatchBuilder builder(options);
  std::int64_t at = b.timestamp;
  for (const std::string& value : b.values) {
    builder.append(Timestamp(at), {}, records::as_bytes(value));
    at += b.timestamp_step;
  }
  return builder.build();
}

// A manager on a file system, started and stopped at will.
class LogTest : public testing::Test {
 protected:
  LogTest() : config(std::make_shared<LogConfig>()) {}

  std::string root() const { return directory.path() + "/logs"; }
  std::string dir(const std::string& topic = "t") const { return root() + "/" + topic + "-0"; }
  bool exists(const std::string& name) const { return std::filesystem::exists(dir() + "/" + name); }
  std::string file(const std::string& name) const { return read_text(dir() + "/" + name); }

  std::expected<void, std::string> try_start_on(env::Files& disk,
                                                std::vector<std::string> directories) {
    LogManagerConfig mc;
    mc.directories = std::move(directories);
    mc.defaults = config;
    mc.max_open_files = 64;
    manager = make_log_manager(mc, disk, clock, random);
    const auto opened = manager->open();
    if (!opened) return std::unexpected(opened.error());
    return manager->load([&](const std::string&) { return config; }, {});
  }
  std::expected<void, std::string> try_start() { return try_start_on(files, {root()}); }
  void start() {
    const auto done = try_start();
    ASSERT_TRUE(done.has_value()) << done.error();
  }
  void stop() {
    manager->shutdown();
    manager.reset();
  }
  void kill() { manager.reset(); }  // as kill -9: what was written stays

  std::shared_ptr<Log> log(const std::string& topic = "t") {
    auto made = manager->get_or_create({topic, PartitionIndex(0)}, topic_id, config);
    EXPECT_TRUE(made.has_value());
    return made ? *made : nullptr;
  }

  Appended append(Log& to, const Batch& batch, Origin origin = Origin::kClient) {
    auto bytes = encode(batch);
    Appendable set{bytes, origin, 11};
    return to.append_as_leader({&set, 1}, LeaderEpoch(0), Timestamp(clock.ms)).at(0);
  }
  Appended end_transaction(Log& to, std::int64_t producer, std::int16_t epoch, bool commit) {
    const auto type = commit ? records::ControlType::kCommit : records::ControlType::kAbort;
    auto bytes = records::end_txn_marker_batch({type, 0}, ProducerId(producer),
                                               ProducerEpoch(epoch), Timestamp(clock.ms));
    Appendable set{bytes, Origin::kCoordinator, 11};
    return to.append_as_leader({&set, 1}, LeaderEpoch(0), Timestamp(clock.ms)).at(0);
  }
  void run_chores() { manager->run_chores(Timestamp(clock.ms)); }

  // Base offsets of the whole batches that a read gives.
  std::vector<std::int64_t> read(Log& from, std::int64_t offset, std::uint32_t max = 1 << 20,
                                 std::int64_t upper = std::numeric_limits<std::int64_t>::max()) {
    const auto slice = from.read(Offset(offset), max, true, Offset(upper));
    EXPECT_TRUE(slice.has_value());
    std::vector<std::int64_t> bases;
    if (!slice || slice->slice.length == 0) return bases;
    std::vector<std::byte> bytes(slice->slice.length);
    EXPECT_EQ(slice->slice.file->read_at(slice->slice.position, bytes), bytes.size());
    env::Bytes rest = bytes;
    while (!rest.empty()) {
      const auto batch = records::next_batch(rest);
      if (!batch) {
        EXPECT_TRUE(batch.error().is_short());
        EXPECT_EQ(bytes.size(), max) << "only a full slice may end inside a batch";
        break;
      }
      EXPECT_TRUE(batch->crc_valid());
      bases.push_back(batch->base_offset().value);
      rest = rest.subspan(batch->size());
    }
    return bases;
  }
  // All of them, read after read.
  std::vector<std::int64_t> read_all(Log& from) {
    std::vector<std::int64_t> all;
    std::int64_t next = from.log_start_offset().value;
    while (Offset(next) < from.log_end_offset()) {
      const auto some = read(from, next, 1);
      if (some.empty()) break;
      all.insert(all.end(), some.begin(), some.end());
      next = some.back() + 1;
    }
    return all;
  }

  TempDirectory directory;
  env::PosixFiles files;
  StandingClock clock;
  CountingRandom random;
  std::shared_ptr<LogConfig> config;
  TopicId topic_id{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
  std::unique_ptr<LogManager> manager;
};

// Two log directories.
class TwoDirectoriesTest : public LogTest {
 protected:
  std::string a() const { return directory.path() + "/a"; }
  std::string b() const { return directory.path() + "/b"; }
  std::expected<void, std::string> try_start_both() { return try_start_on(files, {a(), b()}); }
  void start_both() {
    const auto done = try_start_both();
    ASSERT_TRUE(done.has_value()) << done.error();
  }
};

}  // namespace barnabas::log
