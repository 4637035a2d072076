// A machine with one log directory, on a simulated disk that a power cut may rob of what was not
// synced.
#pragma once

#include "env/sim/sim_files.h"
#include "env/sim/volume.h"
#include "tests/unit/log/fixture.h"

namespace barnabas::log {

struct Machine {
  explicit Machine(env::sim::Prng disk)
      : volume(disk, [this] { return clock.ms; }), files({{"data", &volume}}) {
    config->segment_index_bytes = 4096;  // else most of the time goes into empty indexes
  }
  // What was held of an earlier start is void.
  bool start() {
    LogManagerConfig mc;
    mc.directories = directories;
    mc.defaults = config;
    mc.max_open_files = 8;
    manager = make_log_manager(mc, files, clock, random);
    return manager->open() && manager->load([this](const std::string&) { return config; }, {});
  }
  Result<std::shared_ptr<Log>> log() {
    return manager->get_or_create({"t", PartitionIndex(0)}, TopicId{{1}}, config);
  }

  std::vector<std::string> directories{"/data/kafka/logs"};  // made by the first start
  StandingClock clock;
  env::sim::Volume volume;
  env::sim::SimFiles files;
  CountingRandom random;
  std::shared_ptr<LogConfig> config = std::make_shared<LogConfig>();
  std::unique_ptr<LogManager> manager;
};

}  // namespace barnabas::log
