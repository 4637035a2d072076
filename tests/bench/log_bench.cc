// Appending to a log on a real file system, and finding offsets in it.
#include <benchmark/benchmark.h>

#include <filesystem>

#include "env/posix/posix_clock.h"
#include "env/posix/posix_files.h"
#include "env/posix/posix_random.h"
#include "log/log_manager.h"
#include "protocol/records/builder.h"

namespace barnabas {
namespace {

class OneLog {
 public:
  OneLog() {
    std::filesystem::create_directories(directory_);
    log::LogManagerConfig config;
    config.directories = {directory_};
    config.defaults = std::make_shared<log::LogConfig>();
    manager_ = log::make_log_manager(config, files_, clock_, random_);
    if (!manager_->open()) std::abort();
    const auto defaults = config.defaults;
    if (!manager_->load([defaults](const std::string&) { return defaults; }, [](const auto&) {}))
      std::abort();
    log = *manager_->get_or_create({"bench", PartitionIndex{0}}, TopicId{}, defaults);
  }
  ~OneLog() {
    log.reset();
    manager_->shutdown();
    std::filesystem::remove_all(directory_);
  }
  std::shared_ptr<log::Log> log;

 private:
  std::string directory_ = std::filesystem::temp_directory_path() / "barnabas-log-bench";
  env::PosixFiles files_;
  env::PosixClock clock_;
  env::PosixRandom random_;
  std::unique_ptr<log::LogManager> manager_;
};

records::Buffer batch(std::size_t bytes) {
  records::RecordBatchBuilder builder;
  const std::vector<std::byte> value(bytes);
  builder.append(Timestamp{1'700'000'000'000}, std::nullopt, env::Bytes(value), {});
  return builder.build();
}

void append(benchmark::State& state) {
  OneLog one;
  const auto original = batch(static_cast<std::size_t>(state.range(0)));
  auto copy = original;
  for (auto _ : state) {
    copy = original;
    log::Appendable set{.records = env::MutableBytes(copy)};
    auto appended =
        one.log->append_as_leader({&set, 1}, LeaderEpoch{0}, Timestamp{1'700'000'000'000});
    benchmark::DoNotOptimize(appended);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append)->Arg(100)->Arg(16 << 10)->Arg(256 << 10);

void read_somewhere(benchmark::State& state) {
  OneLog one;
  const auto original = batch(1000);
  constexpr int kBatches = 50'000;
  for (int i = 0; i < kBatches; ++i) {
    auto copy = original;
    log::Appendable set{.records = env::MutableBytes(copy)};
    one.log->append_as_leader({&set, 1}, LeaderEpoch{0}, Timestamp{1'700'000'000'000});
  }
  std::int64_t offset = 0;
  for (auto _ : state) {
    offset = (offset + 7919) % kBatches;
    auto read = one.log->read(Offset{offset}, 1 << 20, true, Offset{kBatches});
    benchmark::DoNotOptimize(read);
  }
}
BENCHMARK(read_somewhere);

}  // namespace
}  // namespace barnabas
