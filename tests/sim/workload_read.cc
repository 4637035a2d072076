// Consumers, and the last look at every log.
#include <fmt/core.h>

#include "protocol/messages/fetch.h"
#include "tests/sim/workload.h"

namespace barnabas::simtest {

using env::Task;

namespace {

// With topic ids: by its name a broker that has heard nothing yet still gives the topic of before.
constexpr std::int16_t kFetchVersion = 13;

protocol::FetchRequest fetch_request(const TopicIdPartition& of, std::int64_t offset,
                                     std::int32_t bytes, int wait_ms) {
  protocol::FetchRequest::FetchPartition partition;
  partition.partition = of.tp.partition;
  partition.fetch_offset = Offset{offset};
  partition.partition_max_bytes = bytes;
  protocol::FetchRequest::FetchTopic topic;
  topic.topic_id = of.id;
  topic.partitions.push_back(partition);
  protocol::FetchRequest request;
  request.max_wait_ms = Millis{wait_ms};
  request.min_bytes = 1;
  request.topics.push_back(std::move(topic));
  return request;
}

struct Whole {
  std::size_t bytes = 0;
  std::int64_t next;  // the offset behind them
};

// The whole batches; what is behind them is the begin of one.
Whole whole_batches(Bytes records, std::int64_t start) {
  const auto number = [&](std::size_t at, std::size_t size) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | std::to_integer<int>(records[at + i]);
    return value;
  };
  Whole whole{.next = start};
  while (records.size() >= 61) {
    const auto size = static_cast<std::size_t>(number(8, 4)) + 12;
    if (size > records.size()) break;
    whole.next = number(0, 8) + number(23, 4) + 1;
    whole.bytes += size;
    records = records.subspan(size);
  }
  return whole;
}

}  // namespace

Task<void> Workload::read_some() {
  Client client = make_client("reader");
  for (int i = 0; i < options_.reads; ++i) {
    co_await client.pause(800);
    const auto of = any_partition(&client);
    if (of) co_await read_one(&client, *of);
  }
}

Task<void> Workload::read_one(Client* client, TopicIdPartition of) {
  const auto leader = co_await client->find_leader(of);
  if (!leader) co_return;
  const RecordChecker::Window window{generation(of), 0};
  auto request = fetch_request(of, positions_[of], 4000, 300);
  auto answer = co_await client->call(*leader, std::move(request), kFetchVersion, Client::kTimeout);
  if (!answer || answer->body.responses.empty() || topics_->is_gone(of)) co_return;
  const auto& body = answer->body.responses.at(0).partitions.at(0);
  cluster_->world().record(fmt::format("read {} from {}: {} {} bytes, high watermark {}",
                                       to_string(of), positions_[of], name(body.error_code),
                                       body.records.size(), body.high_watermark.value));
  if (body.error_code == ErrorCode::kOffsetOutOfRange) {
    // A deposed leader that does not know it yet may be shorter than the one read before.
    const bool explained =
        options_.replicated || generation(of) > 0 || checker_->deletable_below(of) > 0;
    if (!explained) report_(to_string(of) + " has become shorter without a loss");
    const auto start = co_await client->offset_at(*leader, of, kEarliest);
    positions_[of] = start.value_or(0);
  }
  if (body.error_code != ErrorCode::kNone) co_return;
  const Bytes records = body.records.view();
  const auto [bytes, next] = whole_batches(records, positions_[of]);
  checker_->read(of, records.first(bytes), {window.sent, generation(of)});
  positions_[of] = next >= body.high_watermark.value ? 0 : next;  // and again from the start
}

Task<std::optional<std::vector<std::byte>>> Workload::read_to_end(Client* client, int leader,
                                                                  TopicIdPartition of,
                                                                  RecordChecker::Range range) {
  std::vector<std::byte> all;
  for (std::int64_t position = range.start; position < range.end;) {
    auto request = fetch_request(of, position, 20000, 100);
    auto answer =
        co_await client->call(leader, std::move(request), kFetchVersion, Client::kTimeout);
    if (!answer) co_return std::nullopt;
    const auto& body = answer->body.responses.at(0).partitions.at(0);
    const Bytes records = body.records.view();
    const auto [bytes, next] = whole_batches(records, position);
    if (body.error_code != ErrorCode::kNone || next == position) {
      cluster_->world().record(fmt::format(
          "read {} from {} of {}: {} {} bytes, log start {}", to_string(of), position, range.end,
          name(body.error_code), records.size(), body.log_start_offset.value));
      co_return std::nullopt;
    }
    // A fetch from the middle of a batch gives the whole batch; here positions are batch starts.
    const Bytes whole = records.first(bytes);
    all.insert(all.end(), whole.begin(), whole.end());
    position = next;
  }
  co_return all;
}

// Nothing else happens any more: every broker must know the leader, and everything must succeed.
// Only an election of the preferred leader may come between: then once more.
Task<void> Workload::verify_partition(TopicIdPartition of) {
  Client client = make_client("verify");
  std::string failed;
  for (int tries = 0; tries < 3; ++tries) {
    if (tries > 0) co_await client.pause(500);
    failed = co_await try_to_verify(&client, of);
    if (failed.empty()) co_return;
  }
  report_(to_string(of) + " at rest: " + failed);
}

// What did not succeed; empty if all is well.
Task<std::string> Workload::try_to_verify(Client* client, TopicIdPartition of) {
  const auto leader = co_await client->find_leader(of);
  for (int i = 0; i < 3; ++i) {
    const auto again = co_await client->find_leader(of);
    if (again != leader) co_return "two leaders in the metadata";
  }
  if (!leader || (!options_.replicated && *leader != topics_->home(of))) {
    co_return "no leader in the metadata";
  }
  const auto start = co_await client->offset_at(*leader, of, kEarliest);
  const auto end = co_await client->offset_at(*leader, of, kLatest);
  if (!start || !end) co_return "ListOffsets fails";
  const RecordChecker::Range range{*start, *end};
  const auto all = co_await read_to_end(client, *leader, of, range);
  if (!all) co_return "it cannot be read to its end";
  checker_->read_all(of, *all, range, generation(of));
  Producer producer;
  producer.name = "verifier";
  producer.acks = -1;
  const auto batch = make_batch(client, producer, of);
  const BatchNumber number = checker_->sent(of, batch);
  const auto tried = co_await attempt(client, *leader, &producer, of, number, batch);
  if (!tried.is_answered() || tried.code != ErrorCode::kNone) {
    co_return fmt::format("it takes no records: {} {}", tried.error, name(tried.code));
  }
  checker_->acknowledged(number, tried.base_offset, tried.window);
  co_return "";
}

}  // namespace barnabas::simtest
