#include "broker/api/zookeeper_offsets.h"

#include <fmt/format.h>

#include <charconv>

#include "env/run_on.h"
#include "protocol/java_text.h"

namespace barnabas::broker::api {
namespace {

// Nullopt: not a path that ZooKeeper takes.
std::optional<std::string> path_of(const std::string& group, const TopicPartition& tp) {
  const bool printable = std::ranges::all_of(group, [](unsigned char c) { return c >= 0x20; });
  const bool one_level = !group.empty() && group != "." && group != ".." && !group.contains('/');
  if (!printable || !one_level) return std::nullopt;
  return fmt::format("/consumers/{}/offsets/{}/{}", group, tp.topic, tp.partition.value);
}

env::Task<ErrorCode> commit_one(Services* services, std::string path, Offset offset) {
  const auto text = std::to_string(offset.value);
  zk::Request set = zk::SetData{path, text};
  const auto outcome = co_await services->zk.submit_one(std::move(set));
  if (outcome) co_return ErrorCode::kNone;
  if (outcome.error().error != zk::Error::kNoNode) co_return ErrorCode::kUnknownServerError;
  const auto made = co_await services->zk.create_recursive(path, text);
  co_return made ? ErrorCode::kNone : ErrorCode::kUnknownServerError;
}

env::Task<std::vector<ErrorCode>> commit_all(Services* services, std::string group,
                                             std::vector<group::Commit> commits) {
  const auto limit =
      static_cast<std::size_t>(services->config[config::key::offset_metadata_max_bytes]);
  std::vector<ErrorCode> errors;
  for (const auto& commit : commits) {
    auto path = path_of(group, commit.tp);
    auto error = ErrorCode::kUnknownServerError;
    if (protocol::java_length(commit.value.metadata) > limit) {
      error = ErrorCode::kOffsetMetadataTooLarge;
    } else if (path) {
      auto committing = commit_one(services, *std::move(path), commit.value.offset);
      error = co_await std::move(committing);
    }
    errors.push_back(error);
  }
  co_return errors;
}

env::Task<group::FetchedOffset> fetch_one(Services* services, std::string group,
                                          TopicPartition tp) {
  group::FetchedOffset row;
  row.partition = tp.partition;
  row.error = ErrorCode::kUnknownTopicOrPartition;
  auto path = path_of(group, tp);
  if (!path || !services->metadata.snapshot()->contains(tp.topic, tp.partition)) co_return row;
  zk::Request get = zk::GetData{*std::move(path)};
  const auto outcome = co_await services->zk.submit_one(std::move(get));
  if (!outcome || !outcome->data) co_return row;
  const auto& text = *outcome->data;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), row.offset.value);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  row.error = whole ? ErrorCode::kNone : ErrorCode::kUnknownServerError;
  co_return row;
}

env::Task<std::vector<group::FetchedTopic>> fetch_all(Services* services, std::string group,
                                                      std::vector<group::TopicPartitions> wanted) {
  std::vector<group::FetchedTopic> answer;
  for (const auto& [topic, partitions] : wanted) {
    answer.push_back({topic, {}});
    for (const auto partition : partitions) {
      auto fetching = fetch_one(services, group, {topic, partition});
      auto row = co_await std::move(fetching);
      answer.back().partitions.push_back(std::move(row));
    }
  }
  co_return answer;
}

}  // namespace

env::Task<std::vector<ErrorCode>> commit_to_zookeeper(Services* services, std::string group,
                                                      std::vector<group::Commit> commits) {
  return env::run_on(services->zk_executor,
                     commit_all(services, std::move(group), std::move(commits)));
}

env::Task<std::vector<group::FetchedTopic>> fetch_from_zookeeper(
    Services* services, std::string group, std::vector<group::TopicPartitions> wanted) {
  return env::run_on(services->zk_executor,
                     fetch_all(services, std::move(group), std::move(wanted)));
}

}  // namespace barnabas::broker::api
