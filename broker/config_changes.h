// Hears of every change of configuration that any broker announces, and drops old announcements.
//
// Owns        the watch on /config/changes, how far it has come, the one coroutine that reads.
// Does not    read the configuration itself: it gives the path below /config to who applies it.
// Threading   the zk::Client's executor.
// Invariants  announcements are applied one at a time, in the order of their numbers, each once.
// Kafka       common.ZkNodeChangeNotificationListener, server/ZkConfigManager. Differs: what stands
//             there at the start is passed over, for whoever starts reads everything anyway, after
//             the watch was set; so does a new session (`renewed`), in whose absence announcements
//             may have come and been dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "env/clock.h"
#include "env/spawn.h"
#include "env/task.h"
#include "zk/client.h"

namespace barnabas::broker {

class ConfigChanges {
 public:
  // The path below /config: "topics/T", "brokers/1", "brokers/<default>".
  using Apply = std::function<env::Task<void>(std::string entity_path)>;
  static constexpr auto kKeptFor = std::chrono::minutes(15);

  ConfigChanges(zk::Client* client, env::Clock* clock, env::Executor executor);

  // Before anything of /config is read; what changes from now on will be told.
  env::Task<void> begin();
  void start(Apply apply);
  // In a new session: watches again and calls `reread` before it goes on.
  void renewed(std::function<env::Task<void>()> reread);
  env::Task<void> stop();

 private:
  env::Task<void> run();
  env::Task<void> process();
  env::Task<std::vector<std::string>> announcements();  // by number; the watch is set
  env::Task<void> apply_one(std::string node);
  env::Task<void> drop_old(std::vector<std::string> nodes);

  zk::Client* const client_;
  env::Clock* const clock_;
  const env::Executor executor_;
  Apply apply_;
  std::function<env::Task<void>()> reread_;  // to be called before going on
  std::int64_t last_ = -1;                   // number of the last announcement seen
  env::Signal wake_;
  env::Gate gate_;
  bool stopped_ = false;
};

}  // namespace barnabas::broker
