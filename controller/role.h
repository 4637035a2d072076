// The controller's role: made when an election is won, destroyed when it is lost.
//
// Owns        the Context, the fence, one BrokerSender per live broker, the watches of 2.3.
// Does not    run for election, queue events or decide when it ends: Controller does. An election
//             ends this object, so nothing of one term can leak into the next.
// Threading   the controller's executor; one event at a time.
// Invariants  every write is fenced (store.h); RoleLost leaves this object fit only for
//             destruction.
// Kafka       the elected half of controller.KafkaController; its handlers, one file per family:
//             failover.cc, broker_changes.cc, topic_changes.cc, topic_deletions.cc,
//             leader_elections.cc, reassignments.cc, legacy_reassignments.cc, notifications.cc,
//             alter_partition.cc, controlled_shutdown.cc, producer_ids.cc.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/broker_sender.h"
#include "controller/context.h"
#include "controller/controller.h"
#include "controller/election_plan.h"
#include "controller/events.h"
#include "controller/hand_over.h"
#include "controller/isr_proposal.h"
#include "controller/reassignment.h"
#include "controller/state_changes.h"
#include "controller/store.h"

namespace barnabas::controller {

struct Term {
  ControllerEpoch epoch;
  int fence = 0;  // dataVersion of /controller_epoch
};

struct RolePorts {
  zk::Client* client;
  env::Random* random;
  SenderPorts sender;
  std::function<void(RoleEvent)> post;
  std::atomic<std::uint64_t>* unclean_elections;
  const std::atomic<bool>* unclean_by_default;
};

class Role {
 public:
  Role(const ControllerConfig& config, Term term, RolePorts ports);
  ~Role();
  Role(const Role&) = delete;
  Role& operator=(const Role&) = delete;

  // Everything between winning the election and answering events (facts 2.3).
  env::Task<void> take_up();

  env::Task<void> handle(events::BrokersChanged event);
  env::Task<void> handle(events::BrokerModified event);
  env::Task<void> handle(events::TopicsChanged event);
  env::Task<void> handle(events::PartitionsModified event);
  env::Task<void> handle(events::TopicDeletionsChanged event);
  env::Task<void> handle(events::ReplicasDeleted event);
  env::Task<void> handle(events::LegacyElectionRequested event);
  env::Task<void> handle(events::RebalanceDue event);
  env::Task<void> handle(events::LegacyReassignmentsChanged event);
  env::Task<void> handle(events::IsrChangesAnnounced event);
  env::Task<void> handle(events::LogDirsFailed event);
  env::Task<void> handle(events::ReplicasOffline event);
  env::Task<void> handle(events::UncleanElectionsAllowed event);
  env::Task<void> handle(events::HandOverDue due);
  env::Task<void> handle(events::AlterPartition request);
  env::Task<void> handle(events::ControlledShutdown request);
  env::Task<void> handle(events::AllocateProducerIds request);
  env::Task<void> handle(events::ElectLeaders request);
  env::Task<void> handle(events::AlterPartitionReassignments request);
  env::Task<void> handle(events::ListPartitionReassignments request);

  // The term is over although an event is being handled: what it waits for will not come.
  void interrupt();

  const Term& term() const { return term_; }
  const Context& context() const { return context_; }

 private:
  // role.cc
  void watch(const std::string& path, zk::EventType type, RoleEvent event);
  void watch_all(const std::string& path, RoleEvent event);  // whatever happens to it
  void unwatch(const std::string& path);
  void send(std::vector<Outgoing> requests);
  // For a handler that waits for the world: begins to listen, then looks, then waits. News is a
  // broker's answer and whatever happens to a watched node.
  env::Signal listen();
  env::Task<void> news(env::Signal listened, env::Instant deadline);

  // failover.cc
  env::Task<void> set_up_feature_node();
  env::Task<void> clear_notifications(std::string directory);
  env::Task<void> load_context();
  env::Task<void> load_states();
  env::Task<void> start_deletions();
  env::Task<std::set<BrokerId>> who_is_alive(std::set<BrokerId> asked);
  void tell_whole_topics_of(const std::vector<TopicPartition>& partitions);
  env::Task<void> start_state_machines();

  // broker_changes.cc
  env::Task<std::map<BrokerId, LiveBroker>> read_brokers();
  env::Task<void> watch_brokers(std::set<BrokerId> ids);
  env::Task<void> brokers_started(std::set<BrokerId> ids);
  env::Task<void> brokers_failed(std::set<BrokerId> ids);
  env::Task<void> replicas_went_offline(std::vector<Replica> replicas);
  void add_sender(BrokerId id, const LiveBroker& broker);
  bool is_current(const events::Answerer& from) const;

  // topic_changes.cc
  struct ReadTopic {
    std::string name;
    zk::TopicAssignment assignment;
  };
  void watch_topic(const std::string& topic);
  env::Task<std::vector<ReadTopic>> read_topics(std::vector<std::string> topics);
  env::Task<void> assign_missing_ids(std::vector<ReadTopic>* topics);
  std::vector<TopicPartition> learn(const ReadTopic& topic);
  env::Task<void> partitions_created(std::vector<TopicPartition> partitions);
  env::Task<void> restore_partitions(ReadTopic topic);

  // topic_deletions.cc
  env::Task<void> unmark(std::vector<std::string> topics);
  env::Task<void> try_deletions();
  env::Task<void> begin_deletions(std::vector<std::string> topics);
  env::Task<void> delete_replicas(std::vector<std::string> topics);
  env::Task<void> complete_deletion(std::string topic);
  env::Task<void> replica_deletion_failed(std::vector<Replica> replicas);

  // leader_elections.cc
  env::Task<ElectionResults> hold_elections(std::vector<TopicPartition> partitions,
                                            Strategy strategy);
  env::Task<void> run_legacy_election(std::optional<Node> node);
  void schedule_rebalance(env::Duration delay);

  // reassignments.cc
  env::Task<bool> reassign(TopicPartition tp, zk::PartitionAssignment wanted);
  env::Task<bool> is_target_in_sync(TopicPartition tp);
  env::Task<bool> carry_out(TopicPartition tp, std::vector<Step> todo);
  env::Task<bool> carry_out(TopicPartition tp, steps::WriteAssignment step);
  env::Task<bool> carry_out(TopicPartition tp, steps::Remember step);
  env::Task<bool> carry_out(TopicPartition tp, steps::HandOver step);
  env::Task<bool> carry_out(TopicPartition tp, steps::StopReplicas step);
  env::Task<void> stop_for_good(std::vector<Replica> replicas);
  env::Task<bool> carry_out(TopicPartition tp, steps::RaiseEpoch step);
  env::Task<bool> carry_out(TopicPartition tp, steps::StartReplicas step);
  env::Task<bool> carry_out(TopicPartition tp, steps::BringOnline step);
  env::Task<bool> carry_out(TopicPartition tp, steps::MoveLeader step);
  env::Task<bool> carry_out(TopicPartition tp, steps::StrikeFromLegacyNode step);
  env::Task<bool> carry_out(TopicPartition tp, steps::UpdateMetadata step);
  env::Task<void> maybe_complete_reassignments(std::vector<TopicPartition> partitions);
  env::Task<void> resume_reassignments(std::vector<TopicPartition> partitions);

  // legacy_reassignments.cc: those begun now.
  using Struck = std::function<bool(const TopicPartition&, const std::vector<BrokerId>&)>;
  env::Task<std::set<TopicPartition>> run_legacy_reassignments();
  env::Task<void> strike_from_legacy_node(Struck struck);

  // notifications.cc
  struct Notifications {
    std::vector<std::string> paths;
    std::vector<std::string> contents;  // empty: it is gone already
  };
  env::Task<Notifications> read_notifications(std::string directory);

  // controlled_shutdown.cc
  class Kept;
  struct Shutdown {
    events::ControlledShutdown request;
    bool begun = false;
    std::deque<hand_over::Step> steps = {};  // left to be taken
    env::Duration patience{};                // left for all of them
    std::set<BrokerId> slow = {};            // nobody waits for them
    // Of the step under way.
    env::Instant sent_at{};
    std::map<BrokerId, std::weak_ptr<const Receipt>> owing = {};
    std::unique_ptr<env::Timer> too_long = nullptr;
  };
  env::Task<void> hand_over_next();
  // Does it, except for the requests.
  env::Task<std::vector<Outgoing>> take(BrokerId leaving, hand_over::MoveLeaders step);
  env::Task<std::vector<Outgoing>> take(BrokerId leaving, hand_over::TellLeaving step);
  env::Task<std::vector<Outgoing>> take(BrokerId leaving, hand_over::StopFollowing step);
  env::Task<std::vector<Outgoing>> take(BrokerId leaving, hand_over::TellLeaders step);
  void begin(Shutdown* shutdown);
  void send_and_go_on(std::vector<Outgoing> requests, Shutdown* shutdown);
  void reckon(Shutdown* shutdown) const;
  void end(Shutdown shutdown, ErrorCode error);

  // alter_partition.cc
  env::Task<void> write_isrs(std::vector<IsrProposal*> accepted);
  env::Task<void> reconsider(std::vector<IsrProposal*> overtaken);
  void isr_written(IsrProposal* proposal, LeaderAndIsr now);

  ControllerConfig config_;
  Term term_;
  RolePorts ports_;
  Context context_;
  Store store_;
  StateChanges changes_;
  std::map<BrokerId, std::unique_ptr<BrokerSender>> senders_;
  std::vector<Outgoing>* kept_ = nullptr;  // where requests go that a handler will send itself
  std::deque<Shutdown> shutdowns_;         // the first is under way
  std::uint64_t hand_over_step_ = 0;       // of all of them; a later one makes its event void
  env::Signal news_;
  bool interrupted_ = false;
  std::set<std::string> watched_;
  std::unique_ptr<env::Timer> rebalance_;
};

}  // namespace barnabas::controller
