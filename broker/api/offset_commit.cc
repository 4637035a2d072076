// OffsetCommit 0-9. v0: into ZooKeeper; v1: a time per partition; v2-4: retention time; v6: leader
// epoch (KIP-320); v7: static membership (KIP-345).
#include <map>

#include "broker/api/group_handlers.h"
#include "broker/api/zookeeper_offsets.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::OffsetCommitRequest;
using Response = protocol::OffsetCommitResponse;

constexpr LongMillis kDefaultRetention{-1};

// The rows of the answer, each topic once.
class Rows {
 public:
  void add(const TopicPartition& tp, ErrorCode error) {
    const auto [at, is_new] = topics_.try_emplace(tp.topic, response.topics.size());
    if (is_new) response.topics.emplace_back().name = tp.topic;
    auto& row = response.topics[at->second].partitions.emplace_back();
    row.partition_index = tp.partition;
    row.error_code = error;
  }

  Response response;

 private:
  std::map<std::string, std::size_t> topics_;
};

// What of the request is to be committed, and the rows already decided: partitions that are not
// there, which 3.9 puts in front.
struct Plan {
  std::vector<group::Commit> commits;
  Rows rows;
};

group::CommittedOffset value_of(Request::OffsetCommitRequestPartition from, Timestamp now,
                                std::optional<Timestamp> expire) {
  group::CommittedOffset value;
  value.offset = from.committed_offset;
  value.leader_epoch = from.committed_leader_epoch;
  value.metadata = std::move(from.committed_metadata).value_or("");
  value.commit_time = from.commit_timestamp != kNoTimestamp ? from.commit_timestamp : now;
  value.expire_time = expire;
  return value;
}

Plan plan(Services& services, Request request) {
  Plan plan;
  const Timestamp now{services.clock.wall().count()};
  const auto metadata = services.metadata.snapshot();
  std::optional<Timestamp> expire;
  if (request.retention_time_ms != kDefaultRetention) {
    expire = now + request.retention_time_ms.value;
  }
  std::map<TopicPartition, std::size_t> seen;
  for (auto& topic : request.topics) {
    for (auto& from : topic.partitions) {
      TopicPartition tp{topic.name, from.partition_index};
      if (!metadata->contains(tp.topic, tp.partition)) {
        plan.rows.add(tp, ErrorCode::kUnknownTopicOrPartition);
        continue;
      }
      // Named twice: the last word counts, and there is one answer.
      const auto [at, is_new] = seen.try_emplace(tp, plan.commits.size());
      if (is_new) plan.commits.emplace_back().tp = std::move(tp);
      plan.commits[at->second].value = value_of(std::move(from), now, expire);
    }
  }
  return plan;
}

env::Task<std::vector<ErrorCode>> commit(Services* services, RequestContext context,
                                         std::string group, group::MemberClaim claim,
                                         std::vector<group::Commit> commits) {
  const auto shard = services->groups.find(group, group::GroupIds::kAny);
  if (!shard) co_return std::vector(commits.size(), shard.error());
  auto committing = (*shard)->commit(std::move(group), std::move(claim), std::move(commits));
  auto asking = at(shard->get(), &context, std::move(committing));
  auto errors = co_await std::move(asking);
  co_return errors;
}

}  // namespace

env::Task<Response> handle_offset_commit(Services* services, RequestContext context,
                                         Request request) {
  const auto group = request.group_id;
  group::MemberClaim claim{std::move(request.member_id), std::move(request.group_instance_id),
                           request.generation_id_or_member_epoch};
  auto [commits, rows] = plan(*services, std::move(request));
  if (commits.empty()) co_return std::move(rows.response);
  auto committing = context.version() == 0
                        ? commit_to_zookeeper(services, group, commits)
                        : commit(services, context, group, std::move(claim), commits);
  const auto errors = co_await std::move(committing);
  for (std::size_t i = 0; i < commits.size(); ++i) rows.add(commits[i].tp, errors[i]);
  co_return std::move(rows.response);
}

}  // namespace barnabas::broker::api
