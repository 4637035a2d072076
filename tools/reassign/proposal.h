// --generate: where the partitions of topics could lie.
//
// Owns        nothing.
// Threading   one executor.
// Kafka       tools/reassign/ReassignPartitionsCommand.generateAssignment.
#pragma once

#include <functional>

#include "tools/console.h"
#include "tools/options.h"
#include "tools/reassign/reassign_cluster.h"
#include "tools/reassign/reassign_result.h"

namespace barnabas::tools {

class Proposal {
 public:
  Proposal(const Arguments& arguments, ReassignCluster& cluster,
           const std::function<std::uint64_t()>& random, Console console)
      : arguments_(arguments), cluster_(cluster), random_(random), console_(console) {}

  env::Task<ReassignResult<>> run();

 private:
  ReassignResult<std::set<BrokerId>> chosen_brokers() const;
  env::Task<ReassignResult<Assignments>> current(std::set<std::string> topics);
  env::Task<ReassignResult<Racks>> brokers_to_use(std::set<BrokerId> chosen);
  ReassignResult<Assignments> propose(const Assignments& current, const Racks& racks) const;

  const Arguments& arguments_;
  ReassignCluster& cluster_;
  const std::function<std::uint64_t()>& random_;
  Console console_;
};

}  // namespace barnabas::tools
