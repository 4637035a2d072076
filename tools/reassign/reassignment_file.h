// The JSON files of kafka-reassign-partitions.
//
// Kafka       tools/reassign/ReassignPartitionsCommand. Differs: what is not JSON is named so, not
//             by the parser's own words.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocol/types.h"
#include "tools/json_file.h"

namespace barnabas::tools {

using Replicas = std::vector<BrokerId>;
using Assignments = std::map<TopicPartition, Replicas>;

struct ReplicaOf {
  BrokerId broker;
  TopicPartition partition;
  friend auto operator<=>(const ReplicaOf&, const ReplicaOf&) = default;
};
std::string to_string(const ReplicaOf& replica);  // "topic-3-1"

// Where replicas are to lie on their brokers, of those that must not lie just anywhere.
using Directories = std::map<ReplicaOf, std::string>;

struct Reassignment {
  std::vector<std::pair<TopicPartition, Replicas>> partitions;  // as they stand in the file
  Directories directories;

  Assignments assignments() const { return {partitions.begin(), partitions.end()}; }
};

Parsed<Reassignment> parse_reassignment(const std::string& text);
// That there is something to do, and that it can be done.
Parsed<void> check_executable(const Reassignment& reassignment);
Parsed<std::vector<std::string>> parse_topics_to_move(const std::string& text);
// "[a, b]": what stands more than once.
std::string show_list(const std::vector<std::string>& words);

std::string show_assignments(const Assignments& assignments);

}  // namespace barnabas::tools
