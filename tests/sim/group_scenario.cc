#include "tests/sim/group_scenario.h"

#include <fmt/core.h>

#include <set>

#include "tests/sim/cluster.h"
#include "tests/sim/group_calls.h"
#include "tests/sim/group_crowd.h"
#include "tests/sim/group_mover.h"
#include "tests/sim/group_onlooker.h"
#include "tests/sim/nemesis.h"
#include "tests/sim/tree_checker.h"

namespace barnabas::simtest {

using std::chrono::seconds;

namespace {

constexpr env::Duration kPatience = std::chrono::minutes(3);
constexpr env::Duration kFaults = seconds(20);
constexpr env::Duration kBetweenFaults = std::chrono::milliseconds(3000);
// A silent member is noticed within its session, the others join again within the rebalance; and
// it takes a request or two that nobody answers until all have found the coordinator.
constexpr env::Duration kUntilStable =
    GroupMember::kSession + GroupMember::kRebalance + 2 * Client::kTimeout;
constexpr env::Duration kRest = seconds(10);
constexpr env::Duration kUntilCommitted = seconds(30);

constexpr const char* kConfig = R"(
min.insync.replicas=2
offsets.topic.replication.factor=3
offsets.topic.num.partitions={}
group.min.session.timeout.ms=1000
group.initial.rebalance.delay.ms=300
offsets.commit.timeout.ms=2000
offsets.load.buffer.size=20000
replica.lag.time.max.ms=2000
replica.fetch.wait.max.ms=200
replica.fetch.backoff.ms=200
replica.high.watermark.checkpoint.interval.ms=1000
controlled.shutdown.retry.backoff.ms=500
leader.imbalance.check.interval.seconds=5
log.index.size.max.bytes=4096
log.index.interval.bytes=100
log.segment.bytes={}
offsets.topic.segment.bytes={}
)";

// With a fourth broker a move may take a replica away from one that cannot hear of it.
ClusterOptions options_for(env::sim::Prng* random) {
  ClusterOptions options;
  options.brokers = 3 + random->below(2);
  const auto segment = 4000 + random->below(20000);
  options.extra_config = fmt::format(fmt::runtime(kConfig), kOffsetsPartitions, segment, segment);
  return options;
}

class GroupScenario {
 public:
  explicit GroupScenario(std::uint64_t seed)
      : draw_(seed ^ 0x6e5u),
        cluster_(seed, options_for(&draw_)),
        tree_(cluster_.zookeeper().tree(), report(),
              [this](const std::string& what) { cluster_.world().record(what); }),
        checker_(report()),
        crowd_(&cluster_, &checker_, report()),
        mover_(&cluster_, report()),
        onlooker_(&cluster_, &crowd_, report()),
        nemesis_(&cluster_, {.directories = 1, .replicas = &tree_}) {}

  Outcome run(bool keep_history);

 private:
  using Step = void (GroupScenario::*)();

  Client::Report report() {
    return [this](const std::string& what) { violation(what); };
  }
  void violation(const std::string& what);
  bool run_until(const std::function<bool()>& done, env::Duration limit, const std::string& what);
  bool all_are(BrokerState state) const;
  bool are_stopped() const;
  bool all_is_committed() const;

  void suffer();
  void recover();
  void stabilize();
  void finish();
  void restart();
  void compare();
  void rest();

  env::sim::Prng draw_;
  Cluster cluster_;
  std::vector<std::string> violations_;
  TreeChecker tree_;
  GroupChecker checker_;
  GroupCrowd crowd_;
  GroupMover mover_;
  GroupOnlooker onlooker_;
  Nemesis nemesis_;
};

void GroupScenario::violation(const std::string& what) {
  cluster_.world().record("VIOLATION: " + what);
  violations_.push_back(what);
}

bool GroupScenario::run_until(const std::function<bool()>& done, env::Duration limit,
                              const std::string& what) {
  const auto watched = [&] {
    tree_.look();
    return done();
  };
  if (cluster_.world().run_until(watched, limit)) return true;
  violation(fmt::format("it takes too long until {}{}", what, onlooker_.last_seen()));
  return false;
}

bool GroupScenario::all_are(BrokerState state) const {
  for (const int id : cluster_.ids()) {
    if (cluster_.state(id) != state) return false;
  }
  return true;
}

// Or on their way up again: the nemesis still keeps them up.
bool GroupScenario::are_stopped() const {
  for (const int id : cluster_.ids()) {
    if (cluster_.state(id) == BrokerState::kUp) return false;
  }
  return true;
}

bool GroupScenario::all_is_committed() const {
  for (const std::string& group : crowd_.groups()) {
    for (int partition = 0; partition < kReadPartitions; ++partition) {
      if (checker_.committed(group, partition) != crowd_.stream().end()) return false;
    }
  }
  return true;
}

void GroupScenario::suffer() {
  nemesis_.start(kFaults, kBetweenFaults);
  mover_.start();
  crowd_.start();
  cluster_.world().at(kFaults, [this] {
    nemesis_.heal();
    mover_.stop();
    crowd_.settle();
  });
  const auto end = cluster_.world().now() + kFaults;
  run_until([this, end] { return cluster_.world().now() > end; }, kPatience, "the faults are over");
}

void GroupScenario::recover() {
  run_until([this] { return all_are(BrokerState::kUp); }, kPatience, "all brokers are up");
  run_until([this] { return mover_.is_done() && !tree_.is_moving(); }, kPatience,
            "no partition is on its way");
  run_until([this] { return crowd_.is_settled(); }, kPatience, "all members are there");
}

void GroupScenario::stabilize() {
  onlooker_.await_stable();
  run_until([this] { return onlooker_.is_done(); }, kUntilStable, "every group is stable");
}

void GroupScenario::finish() {
  crowd_.close_stream();
  run_until([this] { return all_is_committed(); }, kUntilCommitted, "all is read and committed");
  crowd_.disperse();
  run_until([this] { return crowd_.is_gone(); }, kPatience, "all members are gone");
}

void GroupScenario::restart() {
  for (const int id : cluster_.ids()) cluster_.stop(id);
  run_until([this] { return are_stopped(); }, kPatience, "all brokers have stopped");
  run_until([this] { return all_are(BrokerState::kUp); }, kPatience, "all brokers are up again");
}

// Until every ISR is full again.
void GroupScenario::rest() {
  const auto end = cluster_.world().now() + kRest;
  cluster_.world().at(kRest, [] {});
  run_until([this, end] { return cluster_.world().now() >= end; }, kPatience, "time passes");
}

void GroupScenario::compare() {
  onlooker_.compare_offsets();
  run_until([this] { return onlooker_.is_done(); }, kPatience, "offsets are fetched");
  rest();
  const std::set<int> ids(cluster_.ids().begin(), cluster_.ids().end());
  if (violations_.empty()) tree_.at_rest(ids, {});
}

Outcome GroupScenario::run(bool keep_history) {
  for (const Step step :
       {&GroupScenario::suffer, &GroupScenario::recover, &GroupScenario::stabilize,
        &GroupScenario::finish, &GroupScenario::compare, &GroupScenario::restart,
        &GroupScenario::compare}) {
    if (violations_.empty()) (this->*step)();
  }
  Outcome outcome;
  outcome.violations = violations_;
  outcome.hash = cluster_.world().history().hash();
  if (keep_history) outcome.history = cluster_.world().history().text();
  outcome.acknowledged = checker_.acknowledgements();
  outcome.leader_changes = tree_.leader_changes();
  outcome.controllers = tree_.controllers_seen();
  outcome.generations = checker_.generations();
  return outcome;
}

}  // namespace

Outcome run_groups(std::uint64_t seed, bool keep_history) {
  GroupScenario scenario(seed);
  return scenario.run(keep_history);
}

}  // namespace barnabas::simtest
