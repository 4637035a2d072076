#include "tools/topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <regex>
#include <set>

#include "tools/admin_config.h"
#include "tools/topics_options.h"

namespace barnabas::tools {
namespace {

using Done = AdminResult<void>;
using Names = std::vector<TopicName>;

std::unexpected<AdminError> fail(std::string text, ErrorCode code = ErrorCode::kNone) {
  return std::unexpected(AdminError{std::move(text), code});
}

template <class T>
std::string ids(const std::vector<T>& brokers) {
  std::vector<std::int32_t> numbers;
  for (const auto& broker : brokers) numbers.push_back(broker.value);
  return fmt::format("{}", fmt::join(numbers, ","));
}

// "a,b" means a or b; blanks do not count.
std::regex pattern_of(const std::string& topic) {
  std::string pattern;
  for (const char c : topic) {
    if (c == ',')
      pattern += '|';
    else if (c != ' ')
      pattern += c;
  }
  return std::regex(pattern);
}

AdminResult<std::vector<std::pair<std::string, std::string>>> parse_configs(
    const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> configs;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      return fail(
          "requirement failed: Invalid topic config: all configs to be added must be in the format "
          "\"key=val\".");
    }
    const auto trim = [](std::string part) {
      part.erase(0, part.find_first_not_of(' '));
      part.erase(part.find_last_not_of(' ') + 1);
      return part;
    };
    configs.emplace_back(trim(text.substr(0, equals)), trim(text.substr(equals + 1)));
  }
  return configs;
}

AdminResult<std::vector<BrokerId>> parse_replicas(std::string_view text) {
  std::vector<BrokerId> replicas;
  for (std::size_t at = 0; at <= text.size();) {
    const auto colon = std::min(text.find(':', at), text.size());
    auto part = text.substr(at, colon - at);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    std::int32_t id = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), id);
    if (error != std::errc() || end != part.data() + part.size()) {
      return fail(fmt::format("For input string: \"{}\"", part));
    }
    replicas.push_back(BrokerId(id));
    at = colon + 1;
  }
  return replicas;
}

AdminResult<Assignment> parse_assignment(const std::string& text) {
  Assignment assignment;
  for (std::size_t at = 0; at <= text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    auto replicas = parse_replicas(std::string_view(text).substr(at, comma - at));
    if (!replicas) return std::unexpected(replicas.error());
    std::set<BrokerId> seen;
    for (const auto id : *replicas) {
      if (seen.insert(id).second) continue;
      return fail(
          fmt::format("Partition replica lists may not contain duplicate entries: {}", id.value));
    }
    if (!assignment.empty() && replicas->size() != assignment.front().size()) {
      return fail(fmt::format("Partition {} has different replication factor: [{}]",
                              assignment.size(), ids(*replicas)));
    }
    assignment.push_back(std::move(*replicas));
    at = comma + 1;
  }
  return assignment;
}

// One command line being carried out.
class TopicCommand {
 public:
  TopicCommand(const Arguments& arguments, TopicService& service, Console console)
      : arguments_(arguments), service_(service), console_(console) {}

  env::Task<Done> run() {
    if (arguments_.has("create")) return create();
    if (arguments_.has("alter")) return alter();
    if (arguments_.has("list")) return list();
    if (arguments_.has("describe")) return describe();
    return remove();
  }

 private:
  env::Task<Done> create() {
    auto topic = new_topic();
    if (!topic) co_return std::unexpected(topic.error());
    auto created = co_await service_.create(*topic);
    if (created) {
      console_.out << "Created topic " << topic->name << ".\n";
    } else if (created.error().code == ErrorCode::kTopicAlreadyExists &&
               arguments_.has("if-not-exists")) {
      co_return Done{};
    }
    co_return created;
  }

  AdminResult<NewTopic> new_topic() {
    NewTopic topic{*arguments_.text("topic")};
    const auto partitions = arguments_.number("partitions");
    if (!partitions) return fail(partitions.error());
    const auto factor = arguments_.number("replication-factor");
    if (!factor) return fail(factor.error());
    auto configs = parse_configs(arguments_.texts("config"));
    if (!configs) return std::unexpected(configs.error());
    topic.configs = std::move(*configs);
    if (topic.name.find_first_of("._") != std::string::npos) {
      console_.out << "WARNING: Due to limitations in metric names, topics with a period ('.') or "
                      "underscore ('_') could collide. To avoid issues it is best to use either, "
                      "but not both.\n";
    }
    if (*factor && (**factor < 1 || **factor > std::numeric_limits<std::int16_t>::max())) {
      return fail("The replication factor must be between 1 and 32767 inclusive");
    }
    if (*partitions && **partitions < 1) return fail("The partitions must be greater than 0");
    if (const auto text = arguments_.text("replica-assignment")) {
      auto assignment = parse_assignment(*text);
      if (!assignment) return std::unexpected(assignment.error());
      topic.assignment = std::move(*assignment);
    }
    topic.partitions = *partitions;
    if (*factor) topic.replication_factor = static_cast<std::int16_t>(**factor);
    if (topic.name.empty()) {
      return fail("The given topic name '' cannot be represented in a request.");
    }
    return topic;
  }

  // The topics the command line names; an error if it names one and there is none.
  env::Task<AdminResult<Names>> chosen() {
    auto all = co_await service_.list();
    if (!all) co_return std::unexpected(all.error());
    co_return choose(std::move(*all));
  }

  AdminResult<Names> choose(Names topics) const {
    const auto id = arguments_.text("topic-id");
    const auto name = arguments_.text("topic");
    if (id) {
      TopicId wanted;
      if (!parse_uuid(*id, wanted)) {
        return fail(
            fmt::format("Input string `{}` decoded as {} bytes, which is not equal to the "
                        "expected 16 bytes of a base64-encoded UUID",
                        *id, id->size() * 3 / 4));
      }
      std::erase_if(topics, [&](const TopicName& topic) { return topic.id != wanted; });
      if (topics.empty() && !arguments_.has("if-exists")) {
        return fail(fmt::format("TopicId '{}' does not exist as expected", *id));
      }
      return topics;
    }
    if (arguments_.has("exclude-internal")) std::erase_if(topics, &TopicName::internal);
    if (!name) return topics;
    try {
      const auto pattern = pattern_of(*name);
      std::erase_if(topics, [&](const TopicName& t) { return !std::regex_match(t.name, pattern); });
    } catch (const std::regex_error&) {
      return fail(fmt::format("{} is an invalid regex.", *name));
    }
    if (topics.empty() && !arguments_.has("if-exists") && !arguments_.has("list")) {
      return fail(fmt::format("Topic 'Optional[{}]' does not exist as expected", *name));
    }
    return topics;
  }

  env::Task<Done> list() {
    auto topics = co_await chosen();
    if (!topics) co_return std::unexpected(topics.error());
    std::vector<std::string> names;
    for (const auto& topic : *topics) names.push_back(topic.name);
    console_.out << fmt::format("{}\n", fmt::join(names, "\n"));
    co_return Done{};
  }

  env::Task<Done> alter() {
    auto topics = co_await chosen();
    if (!topics) co_return std::unexpected(topics.error());
    const auto partitions = arguments_.number("partitions");
    if (!partitions) co_return fail(partitions.error());
    if (topics->empty() || !*partitions) co_return Done{};
    Assignment assignment;
    if (const auto text = arguments_.text("replica-assignment")) {
      auto parsed = parse_assignment(*text);
      if (!parsed) co_return std::unexpected(parsed.error());
      assignment = std::move(*parsed);
    }
    auto added = co_await service_.add_partitions(*topics, **partitions, assignment);
    co_return added;
  }

  env::Task<Done> remove() {
    auto topics = co_await chosen();
    if (!topics) co_return std::unexpected(topics.error());
    if (topics->empty()) co_return Done{};
    auto removed = co_await service_.remove(*topics);
    if (removed && arguments_.has("zookeeper")) {
      for (const auto& topic : *topics) {
        console_.out << "Topic " << topic.name << " is marked for deletion.\n"
                     << "Note: This will have no impact if delete.topic.enable is not set to "
                        "true.\n";
      }
    }
    co_return removed;
  }

  env::Task<Done> describe() {
    auto topics = co_await chosen();
    if (!topics) co_return std::unexpected(topics.error());
    if (topics->empty()) co_return Done{};
    auto views = co_await service_.describe(*topics);
    if (!views) co_return std::unexpected(views.error());
    for (const auto& view : *views) print(view);
    co_return Done{};
  }

  bool filters_partitions() const {
    return arguments_.has("under-replicated-partitions") ||
           arguments_.has("unavailable-partitions") || arguments_.has("under-min-isr-partitions") ||
           arguments_.has("at-min-isr-partitions");
  }

  void print(const TopicView& view) {
    const bool only_overridden = arguments_.has("topics-with-overrides");
    if (!filters_partitions() && !(only_overridden && view.overrides.empty())) print_topic(view);
    if (only_overridden) return;
    for (const auto& partition : view.partitions) {
      if (!filters_partitions() || passes(view, partition)) print_partition(view, partition);
    }
  }

  bool passes(const TopicView& view, const PartitionView& partition) const {
    const auto in_sync = static_cast<std::int32_t>(partition.isr.size());
    const auto least = view.min_insync_replicas;
    const auto replicas = partition.replicas.size() - partition.adding.size();
    const bool no_leader = partition.leader.value < 0;
    return (arguments_.has("under-replicated-partitions") && partition.isr.size() < replicas) ||
           (arguments_.has("unavailable-partitions") && (no_leader || !partition.leader_alive)) ||
           (arguments_.has("under-min-isr-partitions") &&
            (no_leader || (least && in_sync < *least))) ||
           (arguments_.has("at-min-isr-partitions") && least && in_sync == *least);
  }

  void print_topic(const TopicView& view) {
    std::vector<std::string> overrides;
    for (const auto& [name, value] : view.overrides) {
      overrides.push_back(fmt::format("{}={}", name, value));
    }
    console_.out << "Topic: " << view.topic.name;
    if (!view.topic.id.is_zero()) console_.out << "\tTopicId: " << to_string(view.topic.id);
    const auto factor = view.partitions.empty() ? 0
                                                : view.partitions.front().replicas.size() -
                                                      view.partitions.front().adding.size();
    console_.out << fmt::format("\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}{}\n",
                                view.partitions.size(), factor, fmt::join(overrides, ","),
                                view.marked_for_deletion ? "\tMarkedForDeletion: true" : "");
  }

  void print_partition(const TopicView& view, const PartitionView& partition) {
    const auto leader =
        partition.leader.value < 0 ? std::string("none") : std::to_string(partition.leader.value);
    console_.out << fmt::format("\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}",
                                view.topic.name, partition.index.value, leader,
                                ids(partition.replicas), ids(partition.isr));
    if (!partition.adding.empty() || !partition.removing.empty()) {
      console_.out << fmt::format("\tAdding Replicas: {}\tRemoving Replicas: {}",
                                  ids(partition.adding), ids(partition.removing));
    }
    console_.out << "\tElr: N/A\tLastKnownElr: N/A"
                 << (view.marked_for_deletion ? "\tMarkedForDeletion: true" : "") << '\n';
  }

  const Arguments& arguments_;
  TopicService& service_;
  Console console_;
};

int command_failed(std::string_view text, Console console) {
  console.out << "Error while executing topic command : " << text << '\n';
  return kFailed;
}

env::Task<int> carry_out(const Arguments* arguments, TopicService* service, Console console) {
  TopicCommand command(*arguments, *service, console);
  const auto done = co_await command.run();
  co_return done ? kOk : command_failed(done.error().text, console);
}

// Kafka reads some options early, before it speaks of a topic command, and some late.
int parse_failed(const std::string& text, Console console) {
  if (text.starts_with("Found multiple") && !text.contains("option bootstrap-server,")) {
    return command_failed(text, console);
  }
  console.err << text << '\n';
  return kFailed;
}

}  // namespace

int run_topics(std::span<const std::string> words, TopicServices& services, Console console) {
  const auto options = topics_options();
  const auto arguments = options.parse(words);
  if (!arguments) return parse_failed(arguments.error(), console);
  if (arguments->empty()) {
    return usage_error(options, "Create, delete, describe, or change a topic.", console);
  }
  if (const auto answered = answer_common(options, *arguments, false, console)) return *answered;
  if (!has_one_action(*arguments)) {
    return usage_error(options,
                       "Command must include exactly one action: --list, --describe, --create, "
                       "--alter or --delete",
                       console);
  }
  const auto brokers = arguments->text("bootstrap-server");
  const auto zookeeper = arguments->text("zookeeper");
  if (!brokers && !zookeeper) {
    console.err << "--bootstrap-server must be specified\n";
    return kFailed;
  }
  if (const auto rule = broken_rule(*arguments)) return usage_error(options, *rule, console);
  const auto config = admin_config_of(*arguments, "command-config");
  if (!config) return fail(config.error(), console);
  const auto use = [&arguments, console](TopicService* service) {
    return carry_out(&*arguments, service, console);
  };
  const auto ran = brokers ? services.with_brokers(*brokers, *config, use)
                           : services.with_zookeeper(*zookeeper, use);
  return ran ? *ran : fail(ran.error(), console);
}

}  // namespace barnabas::tools
