#include "tests/sim/scenario.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <set>

#include "tests/sim/admin.h"
#include "tests/sim/cluster.h"
#include "tests/sim/group_scenario.h"
#include "tests/sim/nemesis.h"
#include "tests/sim/record_checker.h"
#include "tests/sim/replica_files.h"
#include "tests/sim/tree_checker.h"
#include "tests/sim/workload.h"

namespace barnabas::simtest {

using std::chrono::seconds;

namespace {

constexpr env::Duration kPatience = std::chrono::minutes(3);
constexpr env::Duration kFaults = seconds(15);
constexpr env::Duration kBetweenFaults = std::chrono::milliseconds(2500);
constexpr env::Duration kRest = seconds(10);

ClusterOptions options_for(env::sim::Prng& random, bool durable) {
  ClusterOptions options;
  options.directories = random.chance(40) ? 2 : 1;
  options.brokers = random.chance(30) ? 3 : 2;
  options.extra_config = fmt::format(
      "log.segment.bytes={}\nlog.index.interval.bytes=100\nlog.index.size.max.bytes=4096\n",
      1600 + random.below(8000));
  if (durable) options.extra_config += "log.flush.interval.messages=1\n";
  if (random.chance(50)) options.extra_config += "log.flush.offset.checkpoint.interval.ms=3000\n";
  return options;
}

// Followers that notice soon, so that a short life shows much.
constexpr const char* kReplication = R"(
replica.lag.time.max.ms=2000
replica.fetch.wait.max.ms=200
replica.fetch.backoff.ms=200
replica.high.watermark.checkpoint.interval.ms=1000
controlled.shutdown.retry.backoff.ms=500
leader.imbalance.check.interval.seconds=5
)";

ClusterOptions replicated(ClusterOptions options, env::sim::Prng& random) {
  options.brokers = 3 + static_cast<int>(random.below(3));
  options.extra_config += kReplication;
  return options;
}

class Scenario {
 public:
  Scenario(Kind kind, std::uint64_t seed)
      : kind_(kind),
        draw_(seed ^ 0x5eedu),
        durable_(kind == Kind::kSingle && draw_.chance(35)),
        slower_(draw_.chance(20) ? 4 : 1),
        options_(kind == Kind::kReplicated ? replicated(options_for(draw_, false), draw_)
                                           : options_for(draw_, durable_)),
        cluster_(seed, options_),
        records_([this](const std::string& what) { violation(what); }),
        tree_(
            cluster_.zookeeper().tree(), [this](const std::string& what) { violation(what); },
            [this](const std::string& what) { cluster_.world().record(what); }),
        crew_(&cluster_),
        admin_(&cluster_, &crew_, &topics_, &records_,
               {.slower = slower_, .replicated = kind == Kind::kReplicated},
               [this](const std::string& what) { violation(what); }),
        workload_(&cluster_, &crew_, &topics_, &records_,
                  {.slower = slower_, .durable = durable_, .replicated = kind == Kind::kReplicated},
                  [this](const std::string& what) { violation(what); }),
        nemesis_(&cluster_, {.directories = options_.directories,
                             .replicas = kind == Kind::kReplicated ? &tree_ : nullptr}) {}

  Outcome run(bool keep_history);

 private:
  void violation(const std::string& what);
  bool run_until(const std::function<bool()>& done, const std::string& what);
  bool all_up();
  void come_to_rest();
  void look_at_everything();
  void look_at_replicas(const TopicIdPartition& of);
  void restart_cleanly();

  Kind kind_;
  env::sim::Prng draw_;
  bool durable_;
  int slower_;
  ClusterOptions options_;
  Cluster cluster_;
  RecordChecker records_;
  TreeChecker tree_;
  Crew crew_;
  Topics topics_;
  Admin admin_;
  Workload workload_;
  Nemesis nemesis_;
  std::vector<std::string> violations_;
};

void Scenario::violation(const std::string& what) {
  cluster_.world().record("VIOLATION: " + what);
  violations_.push_back(what);
}

bool Scenario::run_until(const std::function<bool()>& done, const std::string& what) {
  const auto watched = [&] {
    tree_.look();
    return done();
  };
  if (cluster_.world().run_until(watched, kPatience)) return true;
  std::string waiting;
  for (const std::string& name : crew_.running()) waiting += " " + name;
  violation(fmt::format("it takes too long until {}; still running:{}", what, waiting));
  return false;
}

bool Scenario::all_up() {
  for (const int id : cluster_.ids()) {
    if (cluster_.state(id) != BrokerState::kUp) return false;
  }
  return true;
}

void Scenario::come_to_rest() {
  if (!run_until([this] { return all_up(); }, "all brokers are up")) return;
  if (!run_until([this] { return crew_.is_done(); }, "all clients are done")) return;
  if (!run_until([this] { return !tree_.is_moving(); }, "no partition is on its way")) return;
  const auto end = cluster_.world().now() + kRest;
  cluster_.world().at(kRest, [] {});
  run_until([this, end] { return cluster_.world().now() >= end; }, "time passes");
}

void Scenario::look_at_everything() {
  const std::set<int> ids(cluster_.ids().begin(), cluster_.ids().end());
  tree_.at_rest(ids, admin_.absent());
  if (!violations_.empty()) return;
  workload_.verify();
  run_until([this] { return crew_.is_done(); }, "all logs are read");
  if (kind_ == Kind::kSingle) return;
  for (const TopicIdPartition& of : topics_.partitions()) look_at_replicas(of);
}

void Scenario::look_at_replicas(const TopicIdPartition& of) {
  const auto replicas = tree_.replicas(of.tp);
  const auto wanted = admin_.wanted().find(of);
  if (wanted != admin_.wanted().end() && wanted->second != replicas) {
    violation(fmt::format("{} is on {}, not on {}", to_string(of), fmt::join(replicas, ","),
                          fmt::join(wanted->second, ",")));
  }
  compare_replicas(cluster_, of.tp, replicas,
                   {.below = records_.deletable_below(of), .log_start = records_.log_start(of)},
                   [this](const std::string& what) { violation(what); });
}

void Scenario::restart_cleanly() {
  for (const int id : cluster_.ids()) cluster_.stop(id);
  const auto down = [this] {
    for (const int id : cluster_.ids()) {
      if (cluster_.state(id) == BrokerState::kUp) return false;
    }
    return true;
  };
  run_until(down, "all brokers have stopped");
}

Outcome Scenario::run(bool keep_history) {
  cluster_.world().record(durable_ ? "every append is flushed" : "appends are not flushed");
  const env::Duration time = kFaults * slower_;
  nemesis_.start(time, kBetweenFaults * slower_);
  admin_.start();
  workload_.start();
  cluster_.world().at(time, [this] { nemesis_.heal(); });
  const auto end = cluster_.world().now() + time;
  run_until([this, end] { return cluster_.world().now() > end; }, "the faults are over");
  come_to_rest();
  if (violations_.empty()) look_at_everything();
  if (violations_.empty()) {
    restart_cleanly();
    come_to_rest();
  }
  if (violations_.empty()) look_at_everything();
  Outcome outcome;
  outcome.violations = violations_;
  outcome.hash = cluster_.world().history().hash();
  if (keep_history) outcome.history = cluster_.world().history().text();
  outcome.acknowledged = workload_.acknowledged();
  outcome.leader_changes = tree_.leader_changes();
  outcome.controllers = tree_.controllers_seen();
  return outcome;
}

}  // namespace

Outcome run_seed(Kind kind, std::uint64_t seed, bool keep_history) {
  if (kind == Kind::kGroups) return run_groups(seed, keep_history);
  Scenario scenario(kind, seed);
  return scenario.run(keep_history);
}

}  // namespace barnabas::simtest
