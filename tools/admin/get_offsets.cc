#include "tools/admin/get_offsets.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "protocol/messages/list_offsets.h"
#include "protocol/messages/metadata.h"
#include "tools/admin/partition_filter.h"
#include "tools/admin_config.h"
#include "tools/java_errors.h"
#include "tools/options.h"

namespace barnabas::tools {
namespace {

using protocol::ListOffsetsRequest;
using protocol::MetadataRequest;
using protocol::MetadataResponse;

constexpr auto kTimes = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"latest", -1},
    {"earliest", -2},
    {"max-timestamp", -3},
    {"earliest-local", -4},
    {"latest-tiered", -5},
});

struct Question {
  PartitionFilter filter;
  bool internal_too = true;
  Timestamp time{-1};
};

// Asks the leaders, and again those whose answer was not final, until all is known or time is over.
class Asking {
 public:
  Asking(AdminClient& client, const Question& question, Console console)
      : client_(client), question_(question), console_(console) {}

  env::Task<int> run() {
    auto metadata = co_await cluster();
    if (!metadata) co_return failed(exception_text(metadata.error().code, metadata.error().text));
    choose(*metadata);
    if (pending_.empty()) {
      co_return failed("Could not match any topic-partitions with the specified filters");
    }
    co_await ask_all(std::move(*metadata));
    print();
    co_return kOk;
  }

 private:
  int failed(std::string_view sentence) {
    return fail(fmt::format("Error occurred: {}", sentence), console_);
  }

  env::Task<AdminResult<MetadataResponse>> cluster() {
    MetadataRequest request;
    request.topics = std::nullopt;  // all
    request.allow_auto_topic_creation = false;
    const Target target = AnyBroker{};
    auto answer = co_await client_.call(target, std::move(request), "listTopics");
    co_return answer;
  }

  void choose(const MetadataResponse& metadata) {
    for (const auto& topic : metadata.topics) {
      if (topic.is_internal && !question_.internal_too) continue;
      for (const auto& partition : topic.partitions) {
        TopicPartition tp{topic.name.value_or(""), partition.partition_index};
        if (question_.filter.matches(tp)) pending_.insert(std::move(tp));
      }
    }
  }

  env::Task<void> ask_all(MetadataResponse metadata) {
    Attempts attempts(client_.clock(), client_.call_timeout());
    while (true) {
      for (auto& [leader, request] : by_leader(metadata)) co_await ask(leader, std::move(request));
      if (pending_.empty()) co_return;
      const bool in_time = co_await attempts.again();
      if (!in_time) break;
      auto newer = co_await cluster();
      if (newer) metadata = std::move(*newer);
    }
    for (const auto& partition : std::exchange(pending_, {})) {
      errors_[partition] = exception_text(ErrorCode::kRequestTimedOut,
                                          "Call(callName=listOffsets(api=METADATA)) timed out");
    }
  }

  std::map<BrokerId, ListOffsetsRequest> by_leader(const MetadataResponse& metadata) const {
    std::map<BrokerId, ListOffsetsRequest> requests;
    for (const auto& topic : metadata.topics) {
      for (const auto& partition : topic.partitions) {
        const TopicPartition tp{topic.name.value_or(""), partition.partition_index};
        if (partition.leader_id == kNoBroker || !pending_.contains(tp)) continue;
        auto& request = requests[partition.leader_id];
        request.replica_id = kNoBroker;
        auto& asked = request.topics.emplace_back();
        asked.name = tp.topic;
        asked.partitions.emplace_back().partition_index = tp.partition;
        asked.partitions.back().timestamp = question_.time;
      }
    }
    return requests;
  }

  env::Task<void> ask(BrokerId leader, ListOffsetsRequest request) {
    const Target target = leader;
    const auto answer = co_await client_.call(target, std::move(request), "listOffsets");
    if (!answer) co_return;  // its partitions are asked for again
    for (const auto& topic : answer->topics) {
      for (const auto& partition : topic.partitions) {
        const TopicPartition tp{topic.name, partition.partition_index};
        if (is_retriable(partition.error_code)) continue;
        pending_.erase(tp);
        if (partition.error_code != ErrorCode::kNone) {
          errors_[tp] = exception_text(partition.error_code);
        } else if (partition.offset.value >= 0) {
          offsets_[tp] = partition.offset;
        }
      }
    }
  }

  void print() {
    for (const auto& [partition, error] : errors_) {
      console_.err << fmt::format("Skip getting offsets for topic-partition {} due to error: {}\n",
                                  to_string(partition), error);
    }
    std::map<std::string, std::string> lines;  // in the order of the partitions' names: 10, 2
    for (const auto& [partition, offset] : offsets_) {
      lines[to_string(partition)] =
          fmt::format("{}:{}:{}\n", partition.topic, partition.partition.value, offset.value);
    }
    for (const auto& [name, line] : lines) console_.out << line;
  }

  AdminClient& client_;
  const Question& question_;
  Console console_;
  std::set<TopicPartition> pending_;
  std::map<TopicPartition, Offset> offsets_;
  std::map<TopicPartition, std::string> errors_;
};

env::Task<int> ask(AdminClient* client, Question question, Console console) {
  Asking asking(*client, question, console);
  const int code = co_await asking.run();
  co_return code;
}

Options options() {
  Options described("An interactive shell for getting topic-partition offsets.");
  described.help_and_version()
      .value("bootstrap-server", "String: HOST1:PORT1,...,HOST3:PORT3",
             "REQUIRED: One or more brokers, with commas.")
      .value("broker-list", "String: HOST1:PORT1,...,HOST3:PORT3", "DEPRECATED: the same.")
      .value("topic-partitions", "String: topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3",
             "Which partitions; the end of a range is not in it.")
      .value("topic", "String: topic", "Which topics, as a pattern.")
      .value("partitions", "String: partition ids", "Which partitions of them, with commas.")
      .value("time",
             "String: <timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / "
             "-4 or earliest-local / -5 or latest-tiered",
             "What to ask for; a time is that of the first record that is not older (latest).")
      .value("command-config", "String: config file", "Settings of the client.")
      .flag("exclude-internal-topics", "Leave out internal topics.");
  return described;
}

std::expected<Timestamp, std::string> time_of(const std::string& text) {
  for (const auto& [name, value] : kTimes) {
    if (text == name) return Timestamp(value);
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return Timestamp(number);
  return std::unexpected(fmt::format(
      "Malformed time argument {}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp "
      "/ -4 or earliest-local / -5 or latest-tiered, or a specified long format timestamp",
      text));
}

std::expected<Question, std::string> question_of(const Arguments& arguments) {
  const auto rules = arguments.text("topic-partitions");
  if (rules && (arguments.has("topic") || arguments.has("partitions"))) {
    return std::unexpected("--topic-partitions cannot be used with --topic or --partitions");
  }
  auto filter =
      rules ? PartitionFilter::of_rules(*rules)
            : PartitionFilter::of_topic(arguments.text("topic"), arguments.text("partitions"));
  if (!filter) return std::unexpected(filter.error());
  const auto time = time_of(arguments.text("time").value_or("latest"));
  if (!time) return std::unexpected(time.error());
  return Question{std::move(*filter), !arguments.has("exclude-internal-topics"), *time};
}

}  // namespace

int run_get_offsets(std::span<const std::string> words, const OpenClient& open, Console console) {
  const auto failed = [console](std::string_view sentence) {
    return fail(fmt::format("Error occurred: {}", sentence), console);
  };
  const auto described = options();
  const auto arguments = described.parse(words);
  if (!arguments) return failed(arguments.error());
  if (const auto answered = answer_common(described, *arguments, true, console)) return *answered;
  const auto given = arguments->text("bootstrap-server");
  const auto server = given ? given : arguments->text("broker-list");
  if (!server) return failed("Missing required option(s) [bootstrap-server]");
  if (!parse_bootstrap(*server)) {
    return usage_error(described, "Please provide valid host:port like host1:9091,host2:9092\n ",
                       console);
  }
  const auto config = admin_config_of(*arguments, "command-config");
  if (!config) return failed(config.error());
  const auto question = question_of(*arguments);
  if (!question) return failed(question.error());
  const auto ran = open(*server, [&](AdminClient* client) {
    client->obey(*config);
    return ask(client, *question, console);
  });
  return ran ? *ran : failed(ran.error());
}

}  // namespace barnabas::tools
