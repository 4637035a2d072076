#include "tools/admin/delete_records.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "protocol/messages/delete_records.h"
#include "tools/admin_config.h"
#include "tools/java_errors.h"
#include "tools/java_order.h"
#include "tools/options.h"

namespace barnabas::tools {
namespace {

using protocol::DeleteRecordsRequest;
using protocol::MetadataRequest;
using protocol::MetadataResponse;

constexpr Millis kServerTimeout{30000};

Options options() {
  Options options(
      "This tool helps to delete records of the given partitions down to the specified offset.");
  options.help_and_version()
      .value("bootstrap-server", "String: server(s) to use for bootstrapping",
             "REQUIRED: One or more brokers, with commas.")
      .value("command-config", "String: command config property file path",
             "Settings of the client.")
      .value("offset-json-file", "String: Offset json file path",
             "REQUIRED: The offset to begin at, by partition: {\"partitions\":[{\"topic\":\"t\","
             "\"partition\":1,\"offset\":1}],\"version\":1}. -1 is the high watermark.");
  return options;
}

Parsed<NewStart> parse_new_start(JsonView entry) {
  const auto topic = entry.text("topic");
  if (!topic) return std::unexpected(topic.error());
  const auto partition = entry.int32("partition");
  if (!partition) return std::unexpected(partition.error());
  const auto offset = entry.int64("offset");
  if (!offset) return std::unexpected(offset.error());
  return NewStart{{*topic, PartitionIndex(*partition)}, Offset(*offset)};
}

Parsed<void> check_distinct(const std::vector<NewStart>& starts) {
  std::set<TopicPartition> seen;
  std::vector<std::string> twice;
  for (const auto& start : starts) {
    if (!seen.insert(start.partition).second) twice.push_back(to_string(start.partition));
  }
  if (twice.empty()) return {};
  return std::unexpected(fmt::format("Offset json file contains duplicate topic partitions: {}",
                                     fmt::join(twice, ",")));
}

// Sends each partition's new start to its leader, again for those whose leader was not to be found,
// until all is known or the time is over.
class Deletion {
 public:
  Deletion(AdminClient& client, const std::vector<NewStart>& starts) : client_(client) {
    for (const auto& start : starts) pending_[start.partition] = start.offset;
  }

  // What to print of each partition.
  env::Task<std::map<TopicPartition, std::string>> run() {
    Attempts attempts(client_.clock(), client_.call_timeout());
    while (!pending_.empty()) {
      auto metadata = co_await find_leaders();
      if (!metadata) {
        end_all(metadata.error().code, metadata.error().text);
        break;
      }
      for (auto& [leader, request] : by_leader(*metadata)) {
        co_await send(leader, std::move(request));
      }
      if (pending_.empty()) break;
      const bool in_time = co_await attempts.again();
      if (!in_time) {
        end_all(ErrorCode::kRequestTimedOut,
                "Call(callName=deleteRecords(api=METADATA)) timed out");
      }
    }
    co_return std::move(results_);
  }

 private:
  env::Task<AdminResult<MetadataResponse>> find_leaders() {
    MetadataRequest request;
    request.allow_auto_topic_creation = false;
    std::set<std::string> topics;
    for (const auto& [partition, offset] : pending_) topics.insert(partition.topic);
    for (const auto& topic : topics) request.topics->emplace_back().name = topic;
    const Target target = AnyBroker{};
    auto answer = co_await client_.call(target, std::move(request), "deleteRecords(api=METADATA)");
    co_return answer;
  }

  std::map<BrokerId, DeleteRecordsRequest> by_leader(const MetadataResponse& metadata) {
    std::map<BrokerId, DeleteRecordsRequest> requests;
    for (const auto& topic : metadata.topics) {
      const auto name = topic.name.value_or("");
      if (topic.error_code != ErrorCode::kNone) refuse(name, topic.error_code);
      for (const auto& partition : topic.partitions) {
        const auto wanted = pending_.find({name, partition.partition_index});
        if (wanted == pending_.end() || partition.leader_id == kNoBroker) continue;
        auto& request = requests[partition.leader_id];
        request.timeout_ms = kServerTimeout;
        auto& added = request.topics.emplace_back();
        added.name = name;
        added.partitions.push_back({partition.partition_index, wanted->second});
      }
    }
    return requests;
  }

  env::Task<void> send(BrokerId leader, DeleteRecordsRequest request) {
    const Target target = leader;
    auto answer = co_await client_.call(target, std::move(request), "deleteRecords");
    if (!answer) co_return;  // its partitions are asked for again
    for (const auto& topic : answer->topics) {
      for (const auto& partition : topic.partitions) {
        const TopicPartition tp{topic.name, partition.partition_index};
        if (partition.error_code != ErrorCode::kNone) {
          end(tp, partition.error_code);
        } else {
          finish(tp, fmt::format("low_watermark: {}", partition.low_watermark.value));
        }
      }
    }
  }

  void refuse(const std::string& topic, ErrorCode code) {
    std::vector<TopicPartition> refused;
    for (const auto& [partition, offset] : pending_) {
      if (partition.topic == topic) refused.push_back(partition);
    }
    for (const auto& partition : refused) end(partition, code);
  }

  void end(const TopicPartition& partition, ErrorCode code) {
    if (!is_retriable(code)) finish(partition, "error: " + exception_text(code));
  }

  void end_all(ErrorCode code, const std::string& text) {
    for (const auto& [partition, offset] : pending_) {
      results_[partition] = "error: " + exception_text(code, text);
    }
    pending_.clear();
  }

  void finish(const TopicPartition& partition, std::string result) {
    results_[partition] = std::move(result);
    pending_.erase(partition);
  }

  AdminClient& client_;
  std::map<TopicPartition, Offset> pending_;
  std::map<TopicPartition, std::string> results_;
};

env::Task<int> delete_records(AdminClient* client, std::vector<NewStart> starts, Console console) {
  console.out << "Executing records delete operation\n";
  Deletion deletion(*client, starts);
  const auto results = co_await deletion.run();
  console.out << "Records delete operation completed:\n";
  for (const auto& start : in_java_order(std::move(starts), &NewStart::partition)) {
    console.out << "partition: " << to_string(start.partition) << '\t'
                << results.at(start.partition) << '\n';
  }
  co_return kOk;
}

}  // namespace

Parsed<std::vector<NewStart>> parse_new_starts(const std::string& text) {
  const auto document = parse_json(text);
  if (!document) return std::unexpected("The input string is not a valid JSON");
  const JsonView root(*document);
  if (auto version = check_version(root); !version) return std::unexpected(version.error());
  const auto partitions = root.maybe_field("partitions");
  if (!partitions) return std::unexpected(partitions.error());
  if (!*partitions) return std::unexpected("Missing partitions field");
  const auto entries = (*partitions)->items();
  if (!entries) return std::unexpected(entries.error());
  std::vector<NewStart> starts;
  for (const auto& entry : *entries) {
    auto start = parse_new_start(entry);
    if (!start) return std::unexpected(start.error());
    starts.push_back(std::move(*start));
  }
  if (auto distinct = check_distinct(starts); !distinct) return std::unexpected(distinct.error());
  return starts;
}

int run_delete_records(std::span<const std::string> words, const OpenClient& open,
                       Console console) {
  const auto described = options();
  const auto arguments =
      begin_tool(described, words, {"bootstrap-server", "offset-json-file"}, console);
  if (!arguments) return arguments.error();
  const auto config = admin_config_of(*arguments, "command-config");
  if (!config) return fail(config.error(), console);
  const auto starts = then(read_file(*arguments->text("offset-json-file")), parse_new_starts);
  if (!starts) return fail(starts.error(), console);
  const auto ran = open(*arguments->text("bootstrap-server"), [&](AdminClient* client) {
    client->obey(*config);
    return delete_records(client, *starts, console);
  });
  return ran ? *ran : fail(ran.error(), console);
}

}  // namespace barnabas::tools
