#include "tools/admin/replica_verification.h"

#include <fmt/format.h>

#include <limits>
#include <regex>
#include <set>

#include "protocol/messages/fetch.h"
#include "protocol/messages/list_offsets.h"
#include "tools/admin/replica_buffer.h"
#include "tools/admin/replica_verification_options.h"
#include "tools/java_errors.h"
#include "tools/local_time.h"

namespace barnabas::tools {
namespace {

using protocol::FetchRequest;
using protocol::FetchResponse;
using protocol::ListOffsetsRequest;

constexpr BrokerId kDebuggingConsumer{-2};  // reads from followers too
constexpr std::string_view kNoTopics =
    "No topics found. [topics-include] if specified, is either filtering out all topics or there "
    "is no topic.";

// One run of the tool.
class Verification {
 public:
  Verification(AdminClient& client, VerificationOrder order, Console console)
      : client_(client), order_(std::move(order)), console_(console) {}

  env::Task<int> run() {
    const auto found = co_await find_partitions();
    if (!found) co_return fail(exception_text(found.error().code, found.error().text), console_);
    if (replicas_.empty()) co_return fail(kNoTopics, console_);
    auto starts = co_await find_starts();
    if (!starts) co_return fail(exception_text(starts.error().code, starts.error().text), console_);
    ReplicaBuffer buffer(std::move(*starts));
    const auto began = client_.clock().wall();
    say(local_time(began) + ": verification process is started");
    client_.give_up_after(
        env::Duration::zero());  // a broker that is down must not hold the others up
    const int code = co_await compare_forever(&buffer, began);
    co_return code;
  }

 private:
  // One broker's answer to a fetch; the records are views into it.
  using Answer = protocol::Framed<FetchResponse>;

  env::Task<AdminResult<void>> find_partitions() {
    protocol::MetadataRequest request;
    request.topics = std::nullopt;  // all
    request.allow_auto_topic_creation = false;
    const Target target = AnyBroker{};
    const auto answer = co_await client_.call(target, std::move(request), "listTopics");
    if (!answer) co_return std::unexpected(answer.error());
    const std::regex wanted(order_.topics);
    for (const auto& topic : answer->topics) {
      const auto name = topic.name.value_or("");
      if (!std::regex_match(name, wanted)) continue;
      names_[topic.topic_id] = name;
      ids_[name] = topic.topic_id;
      for (const auto& partition : topic.partitions) {
        const TopicPartition tp{name, partition.partition_index};
        replicas_[tp] = partition.replica_nodes;
        leaders_[tp] = partition.leader_id;
        brokers_.insert(partition.replica_nodes.begin(), partition.replica_nodes.end());
      }
    }
    co_return AdminResult<void>{};
  }

  env::Task<AdminResult<std::map<TopicPartition, Offset>>> find_starts() {
    std::map<BrokerId, ListOffsetsRequest> requests;
    for (const auto& [partition, leader] : leaders_) {
      auto& request = requests[leader];
      request.replica_id = kNoBroker;
      auto& topic = request.topics.emplace_back();
      topic.name = partition.topic;
      auto& asked = topic.partitions.emplace_back();
      asked.partition_index = partition.partition;
      asked.timestamp = order_.start;
    }
    std::map<TopicPartition, Offset> starts;
    for (auto& [leader, request] : requests) {
      const Target target = leader;
      const auto answer = co_await client_.call(target, std::move(request), "listOffsets");
      if (!answer) co_return std::unexpected(answer.error());
      for (const auto& topic : answer->topics) {
        for (const auto& partition : topic.partitions) {
          if (partition.error_code != ErrorCode::kNone) {
            co_return std::unexpected(
                AdminError{std::string(message(partition.error_code)), partition.error_code});
          }
          starts[{topic.name, partition.partition_index}] = partition.offset;
        }
      }
    }
    co_return starts;
  }

  env::Task<int> compare_forever(ReplicaBuffer* buffer, env::WallTime reported) {
    while (true) {
      const auto answers = co_await fetch_all(buffer);
      const auto compared = buffer->compare(by_partition(answers));
      const auto now = client_.clock().wall();
      for (const auto& difference : compared.differences) say(local_time(now) + difference);
      if (compared.offsets_differ) co_return kFailed;
      if (now - reported > order_.report_interval) {
        report(*buffer, now);
        reported = now;
      }
      if (answers.empty()) co_await env::sleep_for(client_.clock(), kBackoff);
    }
  }

  // Only the first broker is waited for: by then the others have what it has.
  env::Task<std::map<BrokerId, Answer>> fetch_all(ReplicaBuffer* buffer) {
    std::map<BrokerId, Answer> answers;
    for (const auto broker : brokers_) {
      auto request = fetch_of(broker, *buffer);
      request.max_wait_ms = answers.empty() ? order_.max_wait : Millis{0};
      const Target target = broker;
      auto answer = co_await client_.call(target, std::move(request), "fetch");
      if (answer) answers.emplace(broker, std::move(*answer));
    }
    co_return answers;
  }

  FetchRequest fetch_of(BrokerId broker, const ReplicaBuffer& buffer) const {
    FetchRequest request;
    request.replica_state.replica_id = kDebuggingConsumer;
    request.min_bytes = 1;
    request.max_bytes = std::numeric_limits<std::int32_t>::max();
    for (const auto& [partition, replicas] : replicas_) {
      if (std::ranges::find(replicas, broker) == replicas.end()) continue;
      auto& topic = request.topics.emplace_back();
      topic.topic = partition.topic;
      topic.topic_id = ids_.at(partition.topic);
      auto& asked = topic.partitions.emplace_back();
      asked.partition = partition.partition;
      asked.fetch_offset = buffer.offset(partition);
      asked.partition_max_bytes = order_.fetch_bytes;
    }
    return request;
  }

  std::map<TopicPartition, std::vector<FetchedReplica>> by_partition(
      const std::map<BrokerId, Answer>& answers) const {
    std::map<TopicPartition, std::map<BrokerId, FetchedReplica>> fetched;
    for (const auto& [broker, answer] : answers) {
      for (const auto& topic : answer.body.responses) {
        const auto& name = topic.topic.empty() ? name_of(topic.topic_id) : topic.topic;
        for (const auto& partition : topic.partitions) {
          if (partition.error_code != ErrorCode::kNone) continue;
          fetched[{name, partition.partition_index}][broker] = {broker, partition.high_watermark,
                                                                partition.records.view()};
        }
      }
    }
    // A replica that did not answer is one that has nothing.
    std::map<TopicPartition, std::vector<FetchedReplica>> whole;
    for (const auto& [partition, replicas] : replicas_) {
      for (const auto broker : replicas) {
        auto& replica = fetched[partition][broker];
        replica.replica = broker;
        whole[partition].push_back(replica);
      }
    }
    return whole;
  }

  const std::string& name_of(const TopicId& id) const {
    static const std::string kNone;
    const auto it = names_.find(id);
    return it == names_.end() ? kNone : it->second;
  }

  void report(const ReplicaBuffer& buffer, env::WallTime now) {
    const auto& lag = buffer.largest_lag();
    say(fmt::format("{}: max lag is {} for partition {} at offset {} among {} partitions",
                    local_time(now), lag.records, to_string(lag.partition), lag.offset.value,
                    buffer.partitions()));
  }

  // Somebody is waiting for each line.
  void say(const std::string& line) { console_.out << line << '\n' << std::flush; }

  AdminClient& client_;
  const VerificationOrder order_;
  Console console_;
  std::map<TopicPartition, std::vector<BrokerId>> replicas_;
  std::map<TopicPartition, BrokerId> leaders_;
  std::set<BrokerId> brokers_;
  std::map<TopicId, std::string> names_;
  std::map<std::string, TopicId> ids_;
};

env::Task<int> verify(AdminClient* client, VerificationOrder order, Console console) {
  Verification verification(*client, std::move(order), console);
  const int code = co_await verification.run();
  co_return code;
}

}  // namespace

int run_replica_verification(std::span<const std::string> words, const OpenClient& open,
                             Console console) {
  const auto options = replica_verification_options();
  const auto arguments = begin_tool(options, words, {"broker-list"}, console);
  if (!arguments) return arguments.error();
  const auto order = verification_order(*arguments);
  if (!order) return fail(order.error(), console);
  const auto ran = open(*arguments->text("broker-list"),
                        [&](AdminClient* client) { return verify(client, *order, console); });
  return ran ? *ran : fail(ran.error(), console);
}

}  // namespace barnabas::tools
