// The elected brain of the cluster, and every broker's part in electing it.
//
// Owns        the queue of controller events and the one coroutine that takes them; while elected
//             the Context, one BrokerSender per live broker, the watches of 2.3.
// Does not    touch partitions or files: it speaks to brokers, its own included, only through
//             requests. Does not register the broker or open ZooKeeper sessions: broker/ does and
//             says when.
// Threading   everything runs on `executor`, which must be the zk::Client's own; is_active(),
//             active_controller(), epoch() from any thread.
// Invariants  one event at a time; every write while elected is fenced by the version of
//             /controller_epoch and a refused fence ends the role; nothing is sent after the role
//             ended.
// Kafka       controller.KafkaController, ControllerEventManager. Differs: it does not wait for its
//             own feature cache to see /feature.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/election_plan.h"
#include "controller/ibp.h"
#include "env/clock.h"
#include "env/network.h"
#include "env/random.h"
#include "env/task.h"
#include "protocol/messages/allocate_producer_ids.h"
#include "protocol/messages/alter_partition.h"
#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/controlled_shutdown.h"
#include "protocol/messages/list_partition_reassignments.h"
#include "protocol/types.h"
#include "zk/client.h"

namespace barnabas::controller {

struct ControllerConfig {
  BrokerId broker_id;
  std::string inter_broker_listener = "PLAINTEXT";
  std::string control_plane_listener;  // control.plane.listener.name; empty: the inter-broker one
  Ibp ibp = kLatestIbp;                // inter.broker.protocol.version
  bool delete_topic_enable = true;     // delete.topic.enable
  bool auto_leader_rebalance = true;   // auto.leader.rebalance.enable
  env::Duration leader_imbalance_check_interval = std::chrono::seconds(300);  // leader.imbalance...
  int leader_imbalance_percentage = 10;
  bool unclean_leader_election =
      false;  // the broker's default; topics override it in /config/topics
  env::Duration socket_timeout = std::chrono::seconds(30);   // controller.socket.timeout.ms
  env::Duration session_timeout = std::chrono::seconds(18);  // zookeeper.session.timeout.ms
};

class Controller {
 public:
  // Requests that may wait for their turn; one more is answered as if we were not controller.
  static constexpr std::size_t kMaxRequests = 1000;

  Controller(ControllerConfig config, zk::Client& client, env::Network& network, env::Clock& clock,
             env::Executor executor, env::Random& random);
  ~Controller();  // after shutdown()
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // Call after the broker has registered. Returns when the first election is decided (won or lost);
  // if won, the role has been taken up.
  env::Task<void> startup(BrokerEpoch broker_epoch);
  // Resigns without deleting /controller (the closing session does), ends the event coroutine.
  env::Task<void> shutdown();

  // Session hooks (zk::Client::on_session). Expired: what is queued is dropped, the role ends, and
  // only then does this return. New session and registration: run for election again.
  env::Task<void> on_session_expired();
  env::Task<void> reregister_and_reelect(BrokerEpoch broker_epoch);

  bool is_active() const;
  BrokerId active_controller() const;  // as known here; kNoBroker if unknown
  ControllerEpoch epoch() const;       // of our own last term; 0 if none
  BrokerEpoch broker_epoch() const;    // czxid of our registration
  void set_broker_epoch(BrokerEpoch broker_epoch);
  // Elections of ours that may have lost records, since the start (UncleanLeaderElectionsPerSec).
  std::uint64_t unclean_elections() const;
  // unclean.leader.election.enable as it is now, of the broker; and that a topic has it set: its
  // partitions without leader may have one. On the executor.
  void set_unclean_leader_election(bool enabled);
  void allow_unclean_election(std::string topic);
  // Told on every change of active_controller(), on the executor (metrics, forwarding).
  void on_controller_change(std::function<void(BrokerId)> told);

  // Requests of brokers and clients; each is an event that waits for its turn. NOT_CONTROLLER if we
  // are not elected when it comes, or it was dropped: by a lost session, a lost role, shutdown.
  env::Task<protocol::AlterPartitionResponse> alter_partition(
      std::int16_t version, protocol::AlterPartitionRequest request);
  // Here it is STALE_CONTROLLER_EPOCH that says so.
  env::Task<protocol::ControlledShutdownResponse> controlled_shutdown(
      protocol::ControlledShutdownRequest request);
  env::Task<protocol::AllocateProducerIdsResponse> allocate_producer_ids(
      protocol::AllocateProducerIdsRequest request);
  env::Task<ElectionResults> elect_leaders(ElectionRequest request);
  env::Task<protocol::AlterPartitionReassignmentsResponse> alter_partition_reassignments(
      protocol::AlterPartitionReassignmentsRequest request);
  env::Task<protocol::ListPartitionReassignmentsResponse> list_partition_reassignments(
      protocol::ListPartitionReassignmentsRequest request);

  // Returns when the queue is empty and no event is being handled (tests, draining).
  env::Task<void> idle();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace barnabas::controller
