#include "tools/admin/leader_election.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "protocol/messages/elect_leaders.h"
#include "tools/admin/leader_election_options.h"
#include "tools/admin_config.h"
#include "tools/java_errors.h"
#include "tools/java_order.h"

namespace barnabas::tools {
namespace {

using protocol::ElectLeadersRequest;
using protocol::ElectLeadersResponse;

constexpr env::Duration kTimeout = std::chrono::seconds(30);
constexpr Millis kServerTimeout{30000};

ElectLeadersRequest request_of(const ElectionOrder& order) {
  ElectLeadersRequest request;
  request.election_type = static_cast<std::int8_t>(order.type);
  request.timeout_ms = kServerTimeout;
  request.topic_partitions = std::nullopt;
  if (!order.partitions) return request;
  std::map<std::string, std::vector<PartitionIndex>> topics;
  for (const auto& partition : *order.partitions) {
    topics[partition.topic].push_back(partition.partition);
  }
  request.topic_partitions.emplace();
  for (auto& [topic, partitions] : topics) {
    auto& added = request.topic_partitions->emplace_back();
    added.topic = topic;
    added.partitions = std::move(partitions);
  }
  return request;
}

struct Outcomes {
  struct Failed {
    TopicPartition partition;
    std::string text;
  };
  std::vector<TopicPartition> elected;
  std::vector<TopicPartition> not_needed;
  std::vector<Failed> failed;
};

Outcomes sort_out(const ElectLeadersResponse& answer) {
  Outcomes outcomes;
  for (const auto& topic : answer.replica_election_results) {
    for (const auto& result : topic.partition_result) {
      const TopicPartition partition{topic.topic, result.partition_id};
      if (result.error_code == ErrorCode::kNone) {
        outcomes.elected.push_back(partition);
      } else if (result.error_code == ErrorCode::kElectionNotNeeded) {
        outcomes.not_needed.push_back(partition);
      } else {
        outcomes.failed.push_back(
            {partition, exception_text(result.error_code, result.error_message)});
      }
    }
  }
  return outcomes;
}

std::string list(std::vector<TopicPartition> partitions) {
  std::vector<std::string> names;
  for (const auto& partition : in_java_order(std::move(partitions))) {
    names.push_back(to_string(partition));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

int report(ElectionType type, Outcomes outcomes, Console console) {
  if (!outcomes.elected.empty()) {
    console.out << fmt::format("Successfully completed leader election ({}) for partitions {}\n",
                               name(type), list(std::move(outcomes.elected)));
  }
  if (!outcomes.not_needed.empty()) {
    console.out << fmt::format("Valid replica already elected for partitions {}\n",
                               list(std::move(outcomes.not_needed)));
  }
  if (outcomes.failed.empty()) return kOk;
  const auto count = outcomes.failed.size();
  for (const auto& failed :
       in_java_order(std::move(outcomes.failed), &Outcomes::Failed::partition)) {
    console.out << fmt::format("Error completing leader election ({}) for partition: {}: {}\n",
                               name(type), to_string(failed.partition), failed.text);
  }
  return fail(fmt::format("{} replica(s) could not be elected", count), console);
}

int not_answered(const AdminError& error, Console console) {
  if (error.code != ErrorCode::kRequestTimedOut) {
    return fail(exception_text(error.code, error.text), console);
  }
  constexpr std::string_view kSentence = "Timeout waiting for election results";
  console.out << kSentence << '\n';
  return fail(kSentence, console);
}

int refused(ErrorCode code, Console console) {
  if (code != ErrorCode::kClusterAuthorizationFailed) return fail(exception_text(code), console);
  constexpr std::string_view kSentence = "Not authorized to perform leader election";
  console.out << kSentence << '\n';
  return fail(kSentence, console);
}

env::Task<int> elect(AdminClient* client, ElectionOrder order, Console console) {
  client->give_up_after(kTimeout);
  const Target target = Controller{};
  auto request = request_of(order);
  const auto answer = co_await client->call(
      target, std::move(request), "electLeaders",
      [](const ElectLeadersResponse& r) { return r.error_code == ErrorCode::kNotController; });
  if (!answer) co_return not_answered(answer.error(), console);
  if (answer->error_code != ErrorCode::kNone) co_return refused(answer->error_code, console);
  co_return report(order.type, sort_out(*answer), console);
}

}  // namespace

int run_leader_election(std::span<const std::string> words, const OpenClient& open,
                        Console console) {
  const auto options = leader_election_options();
  const auto arguments = begin_tool(options, words, {}, console);
  if (!arguments) return arguments.error();
  const auto order = election_order(*arguments);
  if (!order) return fail(order.error(), console);
  const auto config = admin_config_of(*arguments, "admin.config");
  if (!config) return fail(config.error(), console);
  const auto ran = open(*arguments->text("bootstrap-server"), [&](AdminClient* client) {
    client->obey(*config);
    return elect(client, *order, console);
  });
  return ran ? *ran : fail(ran.error(), console);
}

}  // namespace barnabas::tools
