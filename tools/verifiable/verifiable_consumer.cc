#include "tools/verifiable/verifiable_consumer.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>

#include "tools/argument_parser.h"
#include "tools/client/consumer.h"
#include "tools/verifiable/event.h"

namespace barnabas::tools {
namespace {

using Type = ArgumentParser::Type;

constexpr Milliseconds kPoll{100};
constexpr std::size_t kMostTogether = 500;

const ArgumentParser& parser() {
  static const ArgumentParser made = [] {
    constexpr auto kServers = "HOST1:PORT1[,HOST2:PORT2[...]]";
    ArgumentParser p("verifiable-consumer",
                     "This tool reads a topic as a member of a group and says in JSON what happens "
                     "to it.");
    p.add({"topic", Type::kText, "TOPIC", "what to read", true})
        .add({"group-protocol", Type::kText, "GROUP_PROTOCOL", "classic"})
        .add({"group-remote-assignor", Type::kText, "GROUP_REMOTE_ASSIGNOR", "without effect"})
        .add({"group-id", Type::kText, "GROUP_ID", "the group to be in", true})
        .add({"group-instance-id", Type::kText, "GROUP_INSTANCE_ID", "the name of a static member"})
        .add({"max-messages", Type::kInt, "MAX-MESSAGES", "how many; -1: until it is stopped"})
        .add({"session-timeout", Type::kInt, "TIMEOUT_MS", "of the member (30000)"})
        .add({"verbose", Type::kFlag, "", "a line for each record"})
        .add({"enable-autocommit", Type::kFlag, "", "offsets are committed every now and then"})
        .add({"reset-policy", Type::kText, "RESETPOLICY", "earliest, latest or none (earliest)"})
        .add({"assignment-strategy", Type::kText, "ASSIGNMENTSTRATEGY", "the class of an assignor"})
        .add({"consumer.config", Type::kText, "CONFIG_FILE", "a file of settings"})
        .add({"bootstrap-server", Type::kText, kServers, "brokers", false, {}, true})
        .add({"broker-list", Type::kText, kServers, "DEPRECATED: the same", false, {}, true});
    return p;
  }();
  return made;
}

std::expected<Properties, std::string> consumer_config(const Arguments& arguments) {
  auto properties = properties_file(arguments.text("consumer.config"));
  if (!properties) return properties;
  const auto server = arguments.text("bootstrap-server");
  const auto set = [&properties](const std::string& key, const std::string& value) {
    properties->insert_or_assign(key, value);
  };
  set("group.id", *arguments.text("group-id"));
  if (const auto id = arguments.text("group-instance-id")) set("group.instance.id", *id);
  if (const auto protocol = arguments.text("group-protocol")) set("group.protocol", *protocol);
  set("bootstrap.servers", server ? *server : *arguments.text("broker-list"));
  set("enable.auto.commit", arguments.has("enable-autocommit") ? "true" : "false");
  set("auto.offset.reset", arguments.text("reset-policy").value_or("earliest"));
  set("session.timeout.ms", arguments.text("session-timeout").value_or("30000"));
  set("partition.assignment.strategy",
      arguments.text("assignment-strategy")
          .value_or("org.apache.kafka.clients.consumer.RangeAssignor"));
  return properties;
}

// What came together of one partition.
struct Piece {
  std::int64_t count = 0;
  Offset first{0};
  Offset last{0};
};

// One run of the tool.
class Run {
 public:
  Run(const Arguments& arguments, const env::Clock& clock, const std::function<bool()>& interrupted,
      Console console)
      : topic_(*arguments.text("topic")),
        most_(arguments.number("max-messages")->value_or(-1)),
        verbose_(arguments.has("verbose")),
        commits_(!arguments.has("enable-autocommit")),
        interrupted_(interrupted),
        events_(clock, console) {}

  // The error is the text of an exception.
  std::expected<void, std::string> run(const Properties& properties, JavaLog* log) {
    const auto consumer = Consumer::open(
        properties, log,
        {[this](const auto& given) { say_partitions("partitions_assigned", given); },
         [this](const auto& taken) { say_partitions("partitions_revoked", taken); }});
    if (!consumer) return std::unexpected(consumer.error());
    events_.write("startup_complete");
    (*consumer)->subscribe({topic_});
    std::expected<void, std::string> done;
    while (done && !interrupted_() && !is_enough()) done = read(**consumer);
    (*consumer)->close();
    events_.write("shutdown_complete");
    return done;
  }

 private:
  bool is_enough() const { return most_ >= 0 && count_ >= most_; }

  void say_partitions(std::string_view event, const std::vector<PartitionOffset>& partitions) {
    events_.write(event, {{"partitions", json_of(partitions)}});
  }

  // What is there now, together.
  std::expected<void, std::string> read(Consumer& consumer) {
    std::map<TopicPartition, Piece> pieces;
    std::int64_t together = 0;
    auto wait = kPoll;
    while (!is_enough() && static_cast<std::size_t>(together) < kMostTogether) {
      const auto polled = consumer.poll(wait);
      if (const auto* failure = std::get_if<Failure>(&polled)) {
        return std::unexpected(failure->exception);
      }
      const auto* record = std::get_if<ClientRecord>(&polled);
      if (record == nullptr) break;
      wait = Milliseconds(0);
      ++together;
      ++count_;
      auto& piece = pieces[{record->topic, record->partition}];
      if (piece.count++ == 0) piece.first = record->offset;
      piece.last = record->offset;
      if (verbose_) say_record(*record);
    }
    if (together == 0) return {};
    say_consumed(together, pieces);
    if (commits_) commit(consumer, pieces);
    return {};
  }

  void say_record(const ClientRecord& record) {
    events_.write("record_data", {{"key", json_of(record.key)},
                                  {"value", json_of(record.value)},
                                  {"topic", record.topic},
                                  {"partition", record.partition.value},
                                  {"offset", record.offset.value}});
  }

  void say_consumed(std::int64_t together, const std::map<TopicPartition, Piece>& pieces) {
    boost::json::array partitions;
    for (const auto& [partition, piece] : pieces) {
      partitions.push_back(boost::json::object{{"topic", partition.topic},
                                               {"partition", partition.partition.value},
                                               {"count", piece.count},
                                               {"minOffset", piece.first.value},
                                               {"maxOffset", piece.last.value}});
    }
    events_.write("records_consumed", {{"count", together}, {"partitions", std::move(partitions)}});
  }

  void commit(Consumer& consumer, const std::map<TopicPartition, Piece>& pieces) {
    std::vector<PartitionOffset> offsets;
    boost::json::array shown;
    for (const auto& [partition, piece] : pieces) {
      const auto next = piece.last.value + 1;
      offsets.push_back({partition.topic, partition.partition, Offset(next)});
      shown.push_back(boost::json::object{
          {"topic", partition.topic}, {"partition", partition.partition.value}, {"offset", next}});
    }
    const auto committed = consumer.commit(offsets);
    boost::json::object fields{{"offsets", std::move(shown)}};
    if (!committed) fields["error"] = committed.error();
    fields["success"] = committed.has_value();
    events_.write("offsets_committed", std::move(fields));
  }

  std::string topic_;
  std::int64_t most_;
  bool verbose_;
  bool commits_;
  const std::function<bool()>& interrupted_;
  EventLog events_;
  std::int64_t count_ = 0;
};

}  // namespace

int run_verifiable_consumer(std::span<const std::string> words, const env::Clock& clock,
                            const std::function<bool()>& interrupted, Console console) {
  const auto arguments = parser().begin(words, console);
  if (!arguments) return arguments.error();
  const auto threw = [console](std::string_view exception) {
    return fail(fmt::format("Exception in thread \"main\" {}", exception), console);
  };
  const auto properties = consumer_config(*arguments);
  if (!properties) return parser().refuse(properties.error(), console);
  JavaLog log(console.err, "org.apache.kafka.clients.consumer.KafkaConsumer");
  const auto ran = Run(*arguments, clock, interrupted, console).run(*properties, &log);
  return ran ? kOk : threw(ran.error());
}

}  // namespace barnabas::tools
