// What kafka-consumer-groups asks the brokers, and tells them.
//
// Owns        nothing.
// Does not    know what a command means, or print.
// Threading   one executor; one call at a time.
// Bounds      each call, with its retries, takes `timeout`.
// Kafka       clients/admin/KafkaAdminClient and its handlers (CoordinatorStrategy,
//             DescribeConsumerGroupsHandler and the like).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/admin_client.h"
#include "tools/groups/groups_result.h"
#include "tools/groups/reset_plan.h"

namespace barnabas::tools {

struct GroupListing {
  std::string id;
  std::string type;   // "Unknown" if the broker does not say
  std::string state;  // likewise
};

struct GroupMember {
  std::string id;
  std::string instance;  // empty: not a static member
  std::string client;
  std::string host;
  std::vector<TopicPartition> assigned;  // in the order of a Java hash table
};

struct GroupDescription {
  std::string id;
  std::string state;
  std::string assignor;
  std::string coordinator;  // "host:port  (id)"
  std::vector<GroupMember> members;
};

struct DeletedOffsets {
  ErrorCode code = ErrorCode::kNone;  // of all
  std::map<TopicPartition, ErrorCode> partitions;
};

class GroupsCluster {
 public:
  GroupsCluster(AdminClient& client, env::Duration timeout) : client_(client), timeout_(timeout) {
    client_.give_up_after(timeout);
  }

  // Of consumers, and without a protocol; with one of these states and types, if there are any.
  env::Task<Called<std::vector<GroupListing>>> list(std::vector<std::string> states,
                                                    std::vector<std::string> types);
  env::Task<Called<GroupDescription>> describe(std::string group);
  env::Task<Called<void>> remove(std::string group);

  env::Task<Called<PartitionOffsets>> committed(std::string group);
  env::Task<Called<void>> commit(std::string group, PartitionOffsets offsets);
  env::Task<Called<DeletedOffsets>> delete_offsets(std::string group,
                                                   std::vector<TopicPartition> partitions);

  env::Task<Called<std::vector<TopicPartition>>> partitions_of(std::string topic);
  // Of the partitions' logs; as LeaderOffsets has it.
  env::Task<Called<PartitionOffsets>> offsets_at(std::vector<TopicPartition> partitions,
                                                 Timestamp at);

 private:
  struct Coordinator {
    BrokerId id;
    std::string shown;
  };

  // Asks a group's coordinator, whichever broker that has come to be, until `code_of` the answer
  // says nothing about that.
  template <class Request>
  env::Task<Called<typename Request::Response>> ask_coordinator(
      std::string group, Request request, std::string name,
      std::function<ErrorCode(const typename Request::Response&)> code_of) {
    Attempts attempts(client_.clock(), timeout_);
    while (true) {
      const auto coordinator = co_await find_coordinator(group, name);
      if (!coordinator) co_return std::unexpected(coordinator.error());
      const Target target = coordinator->id;
      Request copy = request;
      auto answer = co_await client_.call(target, std::move(copy), name);
      if (!answer) co_return std::unexpected(thrown(answer.error()));
      const ErrorCode code = code_of(*answer);
      if (!is_elsewhere(code)) co_return std::move(*answer);
      const bool in_time = co_await attempts.again();
      if (!in_time) co_return std::unexpected(thrown(code));
    }
  }

  env::Task<Called<Coordinator>> find_coordinator(std::string group, std::string name);
  static bool is_elsewhere(ErrorCode code);

  AdminClient& client_;
  const env::Duration timeout_;
};

}  // namespace barnabas::tools
