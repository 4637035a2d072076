// Topics and partitions: /brokers/topics/T, its states, and the lists of partitions that tools and
// brokers leave.
#include <charconv>

#include "zk/json.h"
#include "zk/values.h"

namespace barnabas::zk {
namespace {

namespace json = boost::json;

bool is_known_topic_key(std::string_view key) {
  return key == "version" || key == "partitions" || key == "topic_id" || key == "adding_replicas" ||
         key == "removing_replicas";
}

bool parse_partition(std::string_view text, PartitionIndex& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.value);
  return error == std::errc() && end == text.data() + text.size() && out.value >= 0;
}

// One of the three maps partition -> broker ids.
void read_replicas(Document& document, const char* key, TopicAssignment& out,
                   std::vector<BrokerId> PartitionAssignment::* member) {
  for (const auto& entry : document.object(key)) {
    PartitionIndex partition;
    if (!parse_partition(entry.key(), partition)) {
      return document.fail(std::string(key) + " names a partition that is not a number");
    }
    const auto known = out.partitions.find(partition);
    if (member != &PartitionAssignment::replicas && known == out.partitions.end()) {
      return document.fail(std::string(key) + " names a partition that has no replicas");
    }
    out.partitions[partition].*member = document.broker_ids(entry.value(), key);
  }
}

json::object replicas_object(const TopicAssignment& topic, bool with_empty,
                             std::vector<BrokerId> PartitionAssignment::* member) {
  json::object all;
  for (const auto& [partition, assignment] : topic.partitions) {
    const auto& ids = assignment.*member;
    if (with_empty || !ids.empty()) all[std::to_string(partition.value)] = to_json(ids);
  }
  return in_scala_order(all);
}

TopicPartition read_topic_partition(Document& entry) {
  return {entry.text("topic"), entry.named<PartitionIndex>("partition")};
}

}  // namespace

Decoded<TopicAssignment> TopicAssignment::decode(std::string_view bytes) {
  Document document("topic assignment", bytes);
  TopicAssignment out;
  if (document.failed()) return document.result(std::move(out));
  read_replicas(document, "partitions", out, &PartitionAssignment::replicas);
  if (document.has("adding_replicas")) {
    read_replicas(document, "adding_replicas", out, &PartitionAssignment::adding);
  }
  if (document.has("removing_replicas")) {
    read_replicas(document, "removing_replicas", out, &PartitionAssignment::removing);
  }
  if (document.has("topic_id")) {
    Uuid id;
    if (!parse_uuid(document.text("topic_id"), id)) document.fail("topic_id is malformed");
    out.topic_id = id;
  }
  for (const auto& entry : document.root()) {
    if (is_known_topic_key(entry.key())) continue;
    out.unknown.emplace_back(std::string(entry.key()), json::serialize(entry.value()));
  }
  return document.result(std::move(out));
}

std::string TopicAssignment::encode() const {
  json::object object{{"partitions", replicas_object(*this, true, &PartitionAssignment::replicas)}};
  if (topic_id) object["topic_id"] = to_string(*topic_id);
  object["adding_replicas"] = replicas_object(*this, false, &PartitionAssignment::adding);
  object["removing_replicas"] = replicas_object(*this, false, &PartitionAssignment::removing);
  object["version"] = 3;
  for (const auto& [key, text] : unknown) object[key] = json::parse(text);
  return json::serialize(object);
}

Decoded<PartitionState> PartitionState::decode(std::string_view bytes) {
  Document document("partition state", bytes);
  PartitionState out;
  if (document.failed()) return document.result(std::move(out));
  out.leader = document.named<BrokerId>("leader");
  out.leader_epoch = document.named<LeaderEpoch>("leader_epoch");
  out.isr = document.broker_ids(document.array("isr"), "isr");
  out.controller_epoch = document.named<ControllerEpoch>("controller_epoch");
  if (document.has("leader_recovery_state")) {
    out.recovering = document.number<int>("leader_recovery_state") == 1;
  }
  return document.result(std::move(out));
}

std::string PartitionState::encode() const {
  json::object object{
      {"controller_epoch", controller_epoch.value}, {"leader", leader.value}, {"version", 1}};
  if (recovering) object["leader_recovery_state"] = 1;
  object["leader_epoch"] = leader_epoch.value;
  object["isr"] = to_json(isr);
  return json::serialize(object);
}

Decoded<ReassignPartitions> ReassignPartitions::decode(std::string_view bytes) {
  Document document("partition reassignment", bytes);
  ReassignPartitions out;
  if (document.failed()) return document.result(std::move(out));
  for (const json::value& value : document.array("partitions")) {
    Document entry = document.inner(value, "partitions");
    if (!entry.failed()) {
      out.partitions.emplace_back(read_topic_partition(entry),
                                  entry.broker_ids(entry.array("replicas"), "replicas"));
    }
    document.adopt(entry);
  }
  return document.result(std::move(out));
}

std::string ReassignPartitions::encode() const {
  json::array list;
  for (const auto& [tp, replicas] : partitions) {
    list.push_back(json::object{
        {"topic", tp.topic}, {"partition", tp.partition.value}, {"replicas", to_json(replicas)}});
  }
  return json::serialize(json::object{{"version", 1}, {"partitions", std::move(list)}});
}

Decoded<PartitionList> PartitionList::decode(std::string_view bytes) {
  Document document("partition list", bytes);
  PartitionList out;
  if (document.failed()) return document.result(std::move(out));
  for (const json::value& value : document.array("partitions")) {
    Document entry = document.inner(value, "partitions");
    if (!entry.failed()) out.partitions.push_back(read_topic_partition(entry));
    document.adopt(entry);
  }
  return document.result(std::move(out));
}

std::string PartitionList::encode() const {
  json::array list;
  for (const TopicPartition& tp : partitions) {
    list.push_back(json::object{{"topic", tp.topic}, {"partition", tp.partition.value}});
  }
  return json::serialize(json::object{{"version", 1}, {"partitions", std::move(list)}});
}

}  // namespace barnabas::zk
