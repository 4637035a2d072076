// One command line of kafka-reassign-partitions being carried out.
//
// Owns        nothing.
// Threading   one executor.
// Kafka       tools/reassign/ReassignPartitionsCommand.
#pragma once

#include <functional>
#include <string_view>

#include "tools/console.h"
#include "tools/options.h"
#include "tools/reassign/reassign_cluster.h"
#include "tools/reassign/reassign_result.h"

namespace barnabas::tools {

// The numbers of a command line.
struct ReassignLimits {
  static constexpr std::int64_t kNoThrottle = -1;

  std::int64_t between_brokers = kNoThrottle;      // bytes per second; below 0: none
  std::int64_t between_directories = kNoThrottle;  // likewise
  std::chrono::milliseconds timeout{10000};
};
ReassignResult<ReassignLimits> reassign_limits(const Arguments& arguments);

class ReassignCommand {
 public:
  ReassignCommand(const Arguments& arguments, ReassignLimits limits, AdminClient& client,
                  const std::function<std::uint64_t()>& random, Console console)
      : arguments_(arguments),
        limits_(limits),
        clock_(client.clock()),
        cluster_(client),
        random_(random),
        console_(console) {}

  env::Task<ReassignResult<>> run();

 private:
  env::Task<ReassignResult<>> generate();
  env::Task<ReassignResult<>> execute();
  env::Task<ReassignResult<>> verify();
  env::Task<ReassignResult<>> cancel();
  env::Task<ReassignResult<>> list();

  env::Task<ReassignResult<Assignments>> current_of(Assignments proposed);
  env::Task<ReassignResult<>> check_brokers(Assignments proposed);
  env::Task<ReassignResult<>> throttle(OngoingMoves ongoing, Assignments proposed,
                                       Assignments current, Directories directories);
  env::Task<ReassignResult<>> start(Assignments proposed);
  env::Task<ReassignResult<>> cancel_ongoing(Assignments targets);
  env::Task<ReassignResult<PartitionStatuses>> statuses(OngoingMoves ongoing, Assignments targets);

  ReassignResult<Reassignment> reassignment() const;

  const Arguments& arguments_;
  const ReassignLimits limits_;
  env::Clock& clock_;
  ReassignCluster cluster_;
  const std::function<std::uint64_t()>& random_;
  Console console_;
};

}  // namespace barnabas::tools
