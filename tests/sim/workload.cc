#include "tests/sim/workload.h"

#include <utility>

namespace barnabas::simtest {

Workload::Workload(Cluster* cluster, Crew* crew, const Topics* topics, RecordChecker* checker,
                   WorkloadOptions options, Client::Report report)
    : cluster_(cluster),
      crew_(crew),
      topics_(topics),
      checker_(checker),
      options_(options),
      report_(std::move(report)) {}

void Workload::start() {
  for (int i = 0; i < options_.producers; ++i) {
    crew_->spawn("producer" + std::to_string(i), produce_all(i));
  }
  crew_->spawn("reader", read_some());
}

void Workload::verify() {
  for (const TopicIdPartition& of : topics_->partitions()) {
    crew_->spawn("verify " + to_string(of), verify_partition(of));
  }
}

Client Workload::make_client(std::string name) {
  return Client(cluster_, std::move(name), options_.slower, report_);
}

std::optional<TopicIdPartition> Workload::any_partition(Client* client) {
  const auto& all = topics_->partitions();
  if (all.empty()) return std::nullopt;
  return all[client->random().below(all.size())];
}

int Workload::generation(const TopicIdPartition& of) const {
  if (options_.replicated) return 0;
  const int home = topics_->home(of);
  const bool kept = options_.durable && !cluster_->had_broken_disk(home);
  return kept ? 0 : cluster_->power_losses(home);
}

}  // namespace barnabas::simtest
