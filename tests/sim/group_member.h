// One member of a consumer group, as a client is: it joins, assigns when it leads, goes on from the
// committed offsets, reads, commits and sends heartbeats, until it leaves or dies.
//
// Owns        its member id and generation, its positions, its own connections.
// Does not    fetch records: it reads what the Stream says is there. Judge: it tells the
//             GroupChecker what it asked and was told.
// Threading   the simulator's one thread; live() is one coroutine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/messages/join_group.h"
#include "protocol/messages/sync_group.h"
#include "tests/sim/client.h"
#include "tests/sim/group_checker.h"

namespace barnabas::simtest {

// How much there is to read: each partition grows steadily until it is closed.
class Stream {
 public:
  explicit Stream(Cluster* cluster) : cluster_(cluster), begun_(cluster->world().now()) {}
  void close() { closed_ = cluster_->world().now(); }
  std::int64_t end() const {
    const auto until = closed_ ? *closed_ : cluster_->world().now();
    return (until - begun_) / kEach + 1;
  }

 private:
  static constexpr env::Duration kEach = std::chrono::milliseconds(40);
  Cluster* cluster_;
  env::Instant begun_;
  std::optional<env::Instant> closed_;
};

class GroupMember {
 public:
  static constexpr env::Duration kSession = std::chrono::seconds(4);
  static constexpr env::Duration kRebalance = std::chrono::seconds(6);

  struct Identity {
    std::string name;  // of this process
    std::string group;
    std::optional<std::string> instance;  // a static member's
  };
  GroupMember(Cluster* cluster, GroupChecker* checker, const Stream* stream, Identity identity,
              Client::Report report)
      : cluster_(cluster),
        checker_(checker),
        stream_(stream),
        identity_(std::move(identity)),
        report_(report),
        client_(cluster, identity_.name, 1, std::move(report)) {}

  env::Task<void> live();
  void leave() { order_ = Order::kLeave; }
  void die() { order_ = Order::kDie; }       // without a word
  void stay_awake() { may_sleep_ = false; }  // it does not fall asleep any more

  const std::string& name() const { return identity_.name; }
  const std::string& group() const { return identity_.group; }
  const std::string& member_id() const { return member_id_; }
  // It will stay: nobody has asked it to go, and no other has taken its seat.
  bool stays() const { return order_ == Order::kStay; }
  bool is_asleep() const { return is_asleep_; }
  // It owns partitions, perhaps none, and knows where to go on.
  bool is_at_work() const { return generation_.has_value() && is_placed_; }
  int generation() const { return generation_.value_or(-1); }
  const std::vector<int>& partitions() const { return partitions_; }

 private:
  enum class Order { kStay, kLeave, kDie };

  // group_member.cc: from one generation to the next
  env::Task<void> join();
  env::Task<void> sync(protocol::JoinGroupResponse joined);
  void begin(int generation, const std::vector<std::byte>& assignment, int asked);
  void tell_stored(const protocol::JoinGroupResponse& joined);
  env::Task<void> say_goodbye();
  protocol::JoinGroupRequest join_request() const;
  protocol::SyncGroupRequest sync_request(const protocol::JoinGroupResponse& joined) const;

  // group_member_work.cc: within a generation
  env::Task<void> work();
  env::Task<void> sleep();
  env::Task<void> heartbeat();
  env::Task<void> place();
  env::Task<void> commit();
  void read();

  // Nothing if there was no answer, or nobody is left to hear it.
  template <class Request>
  env::Task<std::optional<typename Request::Response>> ask(Request request, std::int16_t version,
                                                           env::Duration timeout) {
    auto answer = co_await client_.call(*coordinator_, std::move(request), version, timeout);
    if (order_ == Order::kDie) co_return std::nullopt;
    if (answer) co_return std::move(answer->body);
    note(std::string(Request::kName) + ": " + answer.error());
    coordinator_.reset();
    co_return std::nullopt;
  }
  void refused(const std::string& what, ErrorCode error);
  void note(const std::string& what) { cluster_->world().record(name() + ": " + what); }
  GroupChecker::Claim claim() const;

  Cluster* cluster_;
  GroupChecker* checker_;
  const Stream* stream_;
  const Identity identity_;
  Client::Report report_;
  Client client_;

  Order order_ = Order::kStay;
  bool may_sleep_ = true;
  bool is_asleep_ = false;
  std::optional<int> coordinator_;
  std::string member_id_;
  std::optional<int> generation_;  // while it is valid, as far as it knows
  std::vector<int> partitions_;
  bool is_placed_ = false;  // the positions are known
  Offsets positions_;
  Offsets committed_;
};

}  // namespace barnabas::simtest
