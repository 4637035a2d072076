#include "tools/admin/log_dirs.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "tools/admin_config.h"
#include "tools/broker_list.h"
#include "tools/java_errors.h"
#include "tools/java_order.h"
#include "tools/options.h"

namespace barnabas::tools {
namespace {

namespace json = boost::json;
using Directory = protocol::DescribeLogDirsResponse::DescribeLogDirsResult;

Options options() {
  Options options("This tool helps to query log directory usage on the specified brokers.");
  options.help_and_version()
      .value("bootstrap-server", "String: The server (s) to use for bootstrapping",
             "REQUIRED: One or more brokers, with commas.")
      .value("command-config", "String: Admin client property file", "Settings of the client.")
      .flag("describe", "Print what lies in the log directories.")
      .value("topic-list", "String: Topic list", "Only these topics: \"t1,t2\".")
      .value("broker-list", "String: Broker list", "Only these brokers: \"0,1,2\".");
  return options;
}

json::array show_partitions(const Directory& directory, const std::set<std::string>& topics) {
  struct Replica {
    TopicPartition partition;
    json::object shown;
  };
  std::vector<Replica> replicas;
  for (const auto& topic : directory.topics) {
    if (!topics.empty() && !topics.contains(topic.name)) continue;
    for (const auto& found : topic.partitions) {
      const TopicPartition partition{topic.name, found.partition_index};
      replicas.push_back({partition,
                          {{"partition", to_string(partition)},
                           {"size", found.partition_size},
                           {"offsetLag", found.offset_lag},
                           {"isFuture", found.is_future_key}}});
    }
  }
  json::array shown;
  for (auto& replica : in_java_order(std::move(replicas), &Replica::partition)) {
    shown.push_back(std::move(replica.shown));
  }
  return shown;
}

json::array show_directories(const BrokerLogDirs& broker, const std::set<std::string>& topics) {
  json::array shown;
  for (const auto& directory :
       in_java_order(broker.answer.results, &Directory::log_dir, kBucketsToMeasure)) {
    json::value error;
    if (directory.error_code != ErrorCode::kNone) error = exception_name(directory.error_code);
    shown.push_back({{"partitions", show_partitions(directory, topics)},
                     {"error", error},
                     {"logDir", directory.log_dir}});
  }
  return shown;
}

// One command line being carried out.
class LogDirsCommand {
 public:
  LogDirsCommand(AdminClient& client, std::vector<BrokerId> asked, std::set<std::string> topics,
                 Console console)
      : client_(client), asked_(std::move(asked)), topics_(std::move(topics)), console_(console) {}

  env::Task<int> run() {
    auto cluster = co_await client_.cluster("listNodes");
    if (!cluster) co_return failed(cluster.error());
    const auto brokers = choose(*cluster);
    if (!brokers) co_return fail(brokers.error(), console_);
    console_.out << "Querying brokers for log directories information\n";
    std::vector<BrokerLogDirs> answers;
    for (const BrokerId broker : *brokers) {
      auto answer = co_await describe(broker);
      if (!answer) co_return failed(answer.error());
      answers.push_back({broker, std::move(*answer)});
    }
    console_.out << "Received log directory information from brokers " << join(*brokers) << '\n'
                 << show_log_dirs(answers, topics_) << '\n';
    co_return kOk;
  }

 private:
  Parsed<std::vector<BrokerId>> choose(const protocol::MetadataResponse& cluster) const {
    std::set<BrokerId> known;
    for (const auto& broker : cluster.brokers) known.insert(broker.node_id);
    const std::set<BrokerId> asked(asked_.begin(), asked_.end());
    if (asked.empty()) return in_java_order(std::vector(known.begin(), known.end()));
    std::vector<BrokerId> strange;
    std::ranges::set_difference(asked, known, std::back_inserter(strange));
    if (strange.empty()) return in_java_order(std::vector(asked.begin(), asked.end()));
    return std::unexpected(fmt::format(
        "ERROR: The given brokers do not exist from --broker-list: {}. Current existent "
        "brokers: {}",
        join(in_java_order(strange)),
        join(in_java_order(std::vector(known.begin(), known.end())))));
  }

  env::Task<AdminResult<protocol::DescribeLogDirsResponse>> describe(BrokerId broker) {
    protocol::DescribeLogDirsRequest request;
    request.topics = std::nullopt;  // all
    const Target target = broker;
    auto answer = co_await client_.call(target, std::move(request), "describeLogDirs");
    if (answer && answer->error_code != ErrorCode::kNone) {
      co_return std::unexpected(
          AdminError{std::string(message(answer->error_code)), answer->error_code});
    }
    co_return answer;
  }

  int failed(const AdminError& error) {
    return fail(exception_text(error.code, error.text), console_);
  }

  AdminClient& client_;
  const std::vector<BrokerId> asked_;
  const std::set<std::string> topics_;
  Console console_;
};

env::Task<int> describe(AdminClient* client, std::vector<BrokerId> brokers,
                        std::set<std::string> topics, Console console) {
  LogDirsCommand command(*client, std::move(brokers), std::move(topics), console);
  const int code = co_await command.run();
  co_return code;
}

}  // namespace

std::string show_log_dirs(const std::vector<BrokerLogDirs>& brokers,
                          const std::set<std::string>& topics) {
  json::array shown;
  for (const auto& broker : brokers) {
    shown.push_back(
        {{"broker", broker.broker.value}, {"logDirs", show_directories(broker, topics)}});
  }
  return json::serialize(json::object{{"brokers", std::move(shown)}, {"version", 1}});
}

int run_log_dirs(std::span<const std::string> words, const OpenClient& open, Console console) {
  const auto described = options();
  const auto arguments = begin_tool(described, words, {"bootstrap-server", "describe"}, console);
  if (!arguments) return arguments.error();
  const auto config = admin_config_of(*arguments, "command-config");
  if (!config) return fail(config.error(), console);
  auto brokers = parse_brokers(arguments->text("broker-list").value_or(""));
  if (!brokers) return fail(brokers.error(), console);
  const auto listed = split_list(arguments->text("topic-list").value_or(""));
  const std::set<std::string> topics(listed.begin(), listed.end());
  const auto ran = open(*arguments->text("bootstrap-server"), [&](AdminClient* client) {
    client->obey(*config);
    return describe(client, *brokers, topics, console);
  });
  return ran ? *ran : fail(ran.error(), console);
}

}  // namespace barnabas::tools
