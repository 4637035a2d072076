// The groups of one partition of __consumer_offsets, for as long as this broker leads it.
//
// Owns        the groups with their committed offsets, the requests that wait for them, one timer.
// Does not    decide what a group does (Group) or which shard a group belongs to (Coordinator).
// Threading   everything on executor(), except where a method says otherwise. The coroutines run
//             there from start to end, and whoever starts one holds the shard until it ends.
// Invariants  Loading -> Active -> Retired, or Loading -> Retired; once retired, nothing waits here
//             and every request is answered NOT_COORDINATOR; a group is visible only while Active.
// Kafka       coordinator/group/GroupMetadataManager and GroupCoordinator of the old coordinator.
//             Differs: the groups of a partition share one executor instead of a lock each.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/group/coordinator_config.h"
#include "broker/group/group.h"
#include "broker/group/loader.h"
#include "broker/group/offset_store.h"
#include "broker/group/offsets_log.h"
#include "env/spawn.h"

namespace barnabas::broker::group {

struct ShardPorts {
  replica::ReplicaManager* replicas;
  env::Clock* clock;
  env::Disk* disk;
  env::Gate* gate;  // whose end the coordinator waits for
};

struct LeaveAnswer {
  ErrorCode error = ErrorCode::kNone;
  std::vector<ErrorCode> members;  // in the order asked
};

class Shard : public std::enable_shared_from_this<Shard> {
 public:
  Shard(ShardConfig config, ShardPorts ports, replica::PartitionPtr partition, LeaderEpoch epoch,
        env::Executor executor);

  const env::Executor& executor() const { return executor_; }    // any thread
  bool is_loading() const { return state_ == State::kLoading; }  // any thread

  env::Task<void> load();
  // Any thread; from here on nothing is written, and retire() must follow.
  void close();
  // Whoever waits is answered; the groups are forgotten.
  env::Task<void> retire();

  env::Task<JoinAnswer> join(std::string group, JoinRequest request);
  env::Task<SyncAnswer> sync(std::string group, SyncRequest request);
  env::Task<ErrorCode> heartbeat(std::string group, MemberClaim claim);
  env::Task<LeaveAnswer> leave(std::string group, std::vector<LeavingMember> leaving);

  // One error per commit, in their order.
  env::Task<std::vector<ErrorCode>> commit(std::string group, MemberClaim claim,
                                           std::vector<Commit> commits);
  // `wanted` nullopt: all there are.
  env::Task<Result<std::vector<FetchedTopic>>> fetch(
      std::string group, std::optional<std::vector<TopicPartitions>> wanted, bool require_stable);
  // The error of the whole, or one for each partition.
  env::Task<Result<std::vector<ErrorCode>>> delete_offsets(std::string group,
                                                           std::vector<TopicPartition> partitions);

  // A group that is not there is described as Dead.
  env::Task<Result<Description>> describe(std::string group);
  env::Task<std::vector<Overview>> list();
  env::Task<ErrorCode> delete_group(std::string group);
  // Partitions that are gone from the cluster: no group has an offset there any more.
  env::Task<void> forget(std::vector<TopicPartition> partitions);

 private:
  enum class State { kLoading, kActive, kRetired };
  struct Entry {
    template <class... Args>
    explicit Entry(Args&&... args) : machine(std::forward<Args>(args)...) {}
    Group machine;
    OffsetStore offsets;
    std::optional<env::Instant> deadline;  // as timers_ has it
  };
  using EntryPtr = std::shared_ptr<Entry>;
  template <class Answer>
  struct Waiting {
    std::optional<Answer> answer;
    env::Signal signal;
  };
  template <class Answer>
  using WaitingByTicket = std::map<Ticket, std::shared_ptr<Waiting<Answer>>>;

  // shard.cc: life, groups, timers
  ErrorCode availability() const;  // kNone: requests are served
  Moment now() const;
  EntryPtr find(const std::string& group) const;
  EntryPtr create(const std::string& group);
  void adopt(const std::string& group, LoadedGroup loaded);
  void reschedule(const EntryPtr& entry);
  void arm();
  void on_timer();
  void expire();
  void expire_offsets(const EntryPtr& entry);
  // Writes tombstones for what was removed, and for the group if nothing is left of it.
  void bury(const EntryPtr& entry, const std::vector<TopicPartition>& removed);

  // shard_members.cc
  void perform(const EntryPtr& entry, Effects effects);
  void store(const EntryPtr& entry, const Store& store);
  void stored(const EntryPtr& entry, StoreToken token, ErrorCode error);
  static env::Task<void> await_store(std::shared_ptr<Shard> self, EntryPtr entry, StoreToken token,
                                     Written written);
  template <class Answer>
  static env::Task<Answer> answer_of(std::shared_ptr<Waiting<Answer>> waiting);

  // shard_offsets.cc
  std::vector<ErrorCode> check_metadata(const std::vector<Commit>& commits) const;
  Result<Written> append(const std::string& group, const std::vector<Commit>& commits);

  const ShardConfig config_;
  const ShardPorts ports_;
  const LeaderEpoch epoch_;
  const env::Executor executor_;
  OffsetsLog log_;
  std::atomic<bool> closed_{false};
  std::atomic<State> state_{State::kLoading};

  std::map<std::string, EntryPtr> groups_;
  Ticket last_ticket_{0};
  WaitingByTicket<JoinAnswer> joins_;
  WaitingByTicket<SyncAnswer> syncs_;

  // When which group wants to be woken; null stands for expire().
  std::set<std::pair<env::Instant, EntryPtr>> timers_;
  std::unique_ptr<env::Timer> timer_;
  env::Instant armed_{};
};

}  // namespace barnabas::broker::group
