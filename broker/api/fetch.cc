// Fetch 0-17. v3: max_bytes; v4: isolation, aborted list; v5: log start; v7: sessions (KIP-227);
// v9: leader epoch; v11: rack; v12: diverging epoch, flexible; v13: topic ids; v15: replica state;
// v16:
// current leader (KIP-951).
#include <algorithm>

#include "broker/api/answer.h"
#include "broker/api/current_leader.h"
#include "broker/api/fetch_convert.h"
#include "broker/api/handlers.h"
#include "env/log.h"

namespace barnabas::broker::api {
namespace {

constexpr std::int16_t kFirstWithRack = 11;

using Request = protocol::FetchRequest;
using Response = protocol::FetchResponse;
using Row = Response::PartitionData;

// One Fetch on its way: what was asked, what of it can be read, what came of it.
struct Job {
  RequestContext context;
  replica::FetchContext session;
  replica::Reader reader;
  replica::MetadataPtr metadata;
  std::vector<ErrorCode> refused;  // per partition of the session; kNone: it is read
  std::vector<replica::PartitionFetch> items;
  std::vector<std::string_view> names;  // in the metadata or the session; one per partition
  replica::FetchLimits limits;
  std::int32_t min_bytes = 0;
  std::int32_t max_wait_ms = 0;
};

replica::FetchWish wish(const Request::FetchTopic& topic, const Request::FetchPartition& asked) {
  replica::FetchWish wish;
  wish.key = {topic.topic, topic.topic_id, asked.partition};
  wish.max_bytes = asked.partition_max_bytes;
  wish.fetch_offset = asked.fetch_offset;
  wish.current_leader_epoch = asked.current_leader_epoch;
  wish.last_fetched_epoch = asked.last_fetched_epoch;
  wish.follower_log_start = asked.log_start_offset;
  return wish;
}

replica::FetchSessionRequest session_request(const Request& request, std::int16_t version,
                                             bool follower) {
  replica::FetchSessionRequest session;
  session.session_id = request.session_id;
  session.session_epoch = request.session_epoch;
  session.version = version;
  session.from_follower = follower;
  for (const auto& topic : request.topics) {
    for (const auto& asked : topic.partitions) {
      session.partitions.push_back(wish(topic, asked));
    }
  }
  for (const auto& topic : request.forgotten_topics_data) {
    for (const auto partition : topic.partitions) {
      session.forgotten.push_back({topic.topic, topic.topic_id, partition});
    }
  }
  return session;
}

// Found before any log is read, as KafkaApis does: a topic or partition the cluster does not know.
ErrorCode precheck(std::string_view name, const replica::TopicMetadata* topic,
                   PartitionIndex partition) {
  if (name.empty()) return ErrorCode::kUnknownTopicId;
  const bool known = topic != nullptr && topic->find(partition);
  return known ? ErrorCode::kNone : ErrorCode::kUnknownTopicOrPartition;
}

bool is_same_topic(const replica::SessionPartition& a, const replica::SessionPartition& b) {
  return a.topic_id == b.topic_id && a.topic == b.topic;
}

void plan_reads(Job& job) {
  const auto& wishes = job.session.partitions();
  const bool by_id = job.context.version() >= 13;
  job.names.reserve(wishes.size());
  job.refused.reserve(wishes.size());
  job.items.reserve(wishes.size());
  replica::TopicPtr topic;  // of the present wish; as a rule the next one is about the same
  for (std::size_t n = 0; n < wishes.size(); ++n) {
    const auto& wish = wishes[n];
    if (n == 0 || !is_same_topic(wish.key, wishes[n - 1].key)) {
      topic = by_id ? job.metadata->topic(wish.key.topic_id) : job.metadata->topic(wish.key.topic);
    }
    const std::string_view asked = by_id ? std::string_view() : wish.key.topic;
    job.names.push_back(topic ? std::string_view(topic->name()) : asked);
    job.refused.push_back(precheck(job.names.back(), topic.get(), wish.key.partition));
    if (job.refused.back() != ErrorCode::kNone) continue;
    replica::PartitionFetch item{.topic = job.names.back(),
                                 .topic_id = by_id ? wish.key.topic_id : TopicId{},
                                 .partition = wish.key.partition,
                                 .fetch_offset = wish.fetch_offset,
                                 .follower_log_start = wish.follower_log_start,
                                 .current_leader_epoch = wish.current_leader_epoch,
                                 .last_fetched_epoch = wish.last_fetched_epoch,
                                 .max_bytes = wish.max_bytes};
    job.items.push_back(item);
  }
}

void fill(Row& row, const replica::ReadResult& read) {
  row.error_code = read.error;
  row.high_watermark = read.high_watermark;
  row.last_stable_offset = read.last_stable_offset;
  row.log_start_offset = read.log_start_offset;
  row.preferred_read_replica = read.preferred_replica;
  if (read.diverging) {
    row.diverging_epoch.epoch = read.diverging->epoch;
    row.diverging_epoch.end_offset = read.diverging->end_offset;
  }
  row.aborted_transactions.reset();
  if (read.aborted) {
    auto& rows = row.aborted_transactions.emplace();
    for (const auto& aborted : *read.aborted) {
      Response::AbortedTransaction transaction;
      transaction.producer_id = aborted.producer_id;
      transaction.first_offset = aborted.first_offset;
      rows.push_back(transaction);
    }
  }
  if (read.records.length > 0) row.records = Records(read.records);
}

Row blank_row(PartitionIndex partition) {
  Row row;
  row.partition_index = partition;
  row.high_watermark = kNoOffset;
  row.last_stable_offset = kNoOffset;
  row.log_start_offset = kNoOffset;
  row.preferred_read_replica = kNoBroker;
  row.records = Records::empty();
  return row;
}

Row refused_row(PartitionIndex partition, ErrorCode error) {
  auto row = blank_row(partition);
  row.error_code = error;
  row.aborted_transactions.emplace();  // empty, not null: what 3.9 answers before it reads
  return row;
}

replica::FetchAnswer for_session(const Row& row, const replica::ReadResult* read) {
  return {.error = row.error_code,
          .high_watermark = row.high_watermark,
          .log_start_offset = row.log_start_offset,
          .records_size = row.records.size(),
          .diverging = read != nullptr && read->diverging.has_value(),
          .preferred_replica = row.preferred_read_replica != kNoBroker};
}

// A version that the partition's config has nothing for: also if nothing was read, or in vain.
ErrorCode refusal_by_config(Services& services, const Job& job, std::size_t i,
                            const FetchConverter& converter) {
  if (job.context.version() >= FetchConverter::kRefusesNobody) return ErrorCode::kNone;
  const auto partition =
      services.replicas.find(job.names[i], job.session.partitions()[i].key.partition);
  const auto log = partition ? partition->log() : nullptr;
  return log ? converter.refusal(*log->config(), job.reader.is_follower()) : ErrorCode::kNone;
}

// Rows in session order, with what the session wants to know of each. False: no answer can be made.
[[nodiscard]] bool make_rows(Services& services, Job& job, const replica::ReadResults& results,
                             std::vector<Row>& rows, std::vector<replica::FetchAnswer>& answers,
                             FetchConverter& converter) {
  const auto& wishes = job.session.partitions();
  std::size_t next = 0;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    if (job.refused[i] != ErrorCode::kNone) {
      rows.push_back(refused_row(wishes[i].key.partition, job.refused[i]));
      answers.push_back(for_session(rows.back(), nullptr));
      continue;
    }
    const auto& read = results.partitions[next++];
    auto row = blank_row(wishes[i].key.partition);
    fill(row, read);
    const auto refusal = refusal_by_config(services, job, i, converter);
    if (refusal != ErrorCode::kNone) {
      row = refused_row(wishes[i].key.partition, refusal);
      row.records = Records();
    } else if (!converter.convert(row, read.records, wishes[i].fetch_offset)) {
      env::log_error("kafka.server.KafkaApis",
                     "{}-{} cannot be converted from some offset after {} on for Fetch v{}",
                     job.names[i], wishes[i].key.partition.value, wishes[i].fetch_offset.value,
                     job.context.version());
      return false;
    }
    answers.push_back(for_session(row, &read));
    rows.push_back(std::move(row));
  }
  return true;
}

Response assemble(const Services& services, Job& job, std::vector<Row> rows,
                  const replica::FetchSessionAnswer& session) {
  Response response;
  response.error_code = session.error;
  response.session_id = session.session_id;
  LeaderHints hints(services.replicas, services.metadata.snapshot(),
                    job.context.connection->listener);
  const auto& wishes = job.session.partitions();
  const bool with_leaders = job.context.version() >= 16;
  std::optional<std::size_t> previous;
  for (const auto i : session.included) {
    const auto& key = wishes[i].key;
    if (!previous || wishes[*previous].key.topic != key.topic ||
        wishes[*previous].key.topic_id != key.topic_id) {
      auto& topic = response.responses.emplace_back();
      topic.topic = key.topic;
      topic.topic_id = key.topic_id;
    }
    previous = i;
    auto& row = rows[i];
    if (with_leaders && LeaderHints::wanted(row.error_code)) {
      const auto leader = hints.of(job.names[i], key.partition);
      row.current_leader.leader_id = leader.id;
      row.current_leader.leader_epoch = leader.epoch;
    }
    response.responses.back().partitions.push_back(std::move(row));
  }
  if (with_leaders) response.node_endpoints = hints.endpoints<Response::NodeEndpoint>();
  return response;
}

// What a follower is given of throttled partitions counts, in sync or not.
void charge(Services& services, const Job& job, const std::vector<Row>& rows) {
  if (!job.reader.is_follower()) return;
  quota::ReplicationQuota& quota = services.replication_quotas.leader;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool throttled = quota.is_throttled(job.names[i], rows[i].partition_index);
    if (throttled) bytes += static_cast<std::int64_t>(rows[i].records.size());
  }
  if (bytes > 0) quota.record(bytes);
}

Answer answer(Services& services, Job& job, const replica::ReadResults& results) {
  std::vector<Row> rows;
  std::vector<replica::FetchAnswer> answers;
  FetchConverter converter(job.context.version());
  if (!make_rows(services, job, results, rows, answers, converter)) return std::nullopt;
  charge(services, job, rows);
  const auto session = services.fetch_sessions.complete(job.session, answers, services.clock.now());
  const auto response = assemble(services, job, std::move(rows), session);
  return encode(job.context, response, 128 + 64 * answers.size());
}

replica::Events awaited_by(const replica::Reader& reader) {
  if (reader.isolation == replica::Isolation::kLogEnd) return replica::kLogEndMoved;
  if (reader.isolation == replica::Isolation::kCommitted) return replica::kLastStableMoved;
  return replica::kHighWatermarkMoved;
}

std::vector<replica::Watch> watch(const replica::ReadResults& results, const env::Signal& signal,
                                  replica::Events events) {
  std::vector<replica::Watch> watches;
  watches.reserve(results.sources.size());
  for (const auto& source : results.sources) {
    if (source.partition) watches.push_back(source.partition->watch(signal, events));
  }
  return watches;
}

// Long poll (Kafka's DelayedFetch): until min_bytes are there, something is wrong, or max_wait.
env::Task<Answer> wait_for_data(Services* services, std::shared_ptr<Job> job,
                                replica::ReadResults results) {
  const auto deadline = services->clock.now() + std::chrono::milliseconds(job->max_wait_ms);
  job->reader.update_follower = false;
  const auto look_again = [&] {
    services->replicas.read_again(job->reader, job->items, job->limits, results);
    return services->shutting_down || results.summary.answer_now(job->min_bytes);
  };
  for (bool waits = true; waits;) {
    env::Signal signal;
    const auto watches = watch(results, signal, awaited_by(job->reader));
    if (look_again()) break;
    const bool woken = co_await signal.wait_until(services->clock, deadline);
    waits = !look_again() && woken;
  }
  co_return answer(*services, *job, results);
}

std::shared_ptr<Job> make_job(Services& services, const RequestContext& context,
                              const Request& request) {
  auto job = std::make_shared<Job>();
  const bool with_state = context.version() >= 15;
  const auto replica_id = with_state ? request.replica_state.replica_id : request.replica_id;
  const auto epoch = with_state ? request.replica_state.replica_epoch : BrokerEpoch{-1};
  job->context = context;
  job->reader =
      replica::Reader::of(replica_id, epoch, request.isolation_level == 1, context.version());
  if (context.version() >= kFirstWithRack && !job->reader.is_follower()) {
    job->reader.rack = request.rack_id;
    job->reader.listener = context.connection->listener;
  }
  job->metadata = services.metadata.snapshot();
  job->session = services.fetch_sessions.open(
      session_request(request, context.version(), job->reader.is_follower()), services.clock.now());
  const auto cap = services.config[config::key::fetch_max_bytes];
  job->limits.hard = context.version() <= 2;
  job->limits.max_bytes = context.version() >= 3 ? std::min(request.max_bytes, cap) : cap;
  job->min_bytes = std::min(request.min_bytes, job->limits.max_bytes);
  job->max_wait_ms = request.max_wait_ms.value;
  return job;
}

// An isolation level that does not exist: everything asked fails, at the top and below.
Response unknown_isolation(const Request& request) {
  Response response;
  response.error_code = ErrorCode::kUnknownServerError;
  for (const auto& topic : request.topics) {
    auto& row = response.responses.emplace_back();
    row.topic = topic.topic;
    row.topic_id = topic.topic_id;
    for (const auto& asked : topic.partitions) {
      row.partitions.push_back(refused_row(asked.partition, ErrorCode::kUnknownServerError));
      row.partitions.back().records = Records();
    }
  }
  return response;
}

}  // namespace

Reply handle_fetch(Services& services, const RequestContext& context, Request request) {
  if (request.isolation_level != 0 && request.isolation_level != 1) {
    return reply(context, unknown_isolation(request));
  }
  auto job = make_job(services, context, request);
  if (job->session.error() != ErrorCode::kNone) {
    Response refused;
    refused.error_code = job->session.error();
    return reply(context, refused);
  }
  plan_reads(*job);
  auto results = services.replicas.read(job->reader, job->items, job->limits);
  const bool anything_refused =
      std::ranges::any_of(job->refused, [](auto error) { return error != ErrorCode::kNone; });
  if (job->max_wait_ms <= 0 || job->session.partitions().empty() || anything_refused ||
      results.summary.answer_now(job->min_bytes)) {
    auto now = answer(services, *job, results);
    if (!now) return unanswerable();
    return std::move(*now);
  }
  return Later{wait_for_data(&services, std::move(job), std::move(results))};
}

}  // namespace barnabas::broker::api
