#include "broker/replica/fetch_session.h"

#include <limits>

#include "env/check.h"

namespace barnabas::broker::replica {

namespace {

constexpr std::int32_t kFullEpoch = 0;
constexpr std::int32_t kFinalEpoch = -1;
constexpr std::int16_t kFirstVersionWithIds = 13;

// A session names partitions either all by id or all by name, so one key does for both.
struct PartitionKey {
  std::string topic;  // empty if the id says it
  TopicId topic_id;
  PartitionIndex partition;
  bool operator==(const PartitionKey&) const = default;
};
struct PartitionKeyHash {
  std::size_t operator()(const PartitionKey& key) const noexcept {
    const std::size_t topic = std::hash<std::string>{}(key.topic) ^ std::hash<Uuid>{}(key.topic_id);
    return topic * 31 + static_cast<std::size_t>(key.partition.value);
  }
};
PartitionKey key_of(const SessionPartition& partition) {
  if (!partition.topic_id.is_zero()) return {{}, partition.topic_id, partition.partition};
  return {partition.topic, {}, partition.partition};
}

// A partition named twice counts once, where it first stood, with what was said last.
std::vector<FetchWish> without_repetition(std::vector<FetchWish> wishes) {
  if (wishes.size() < 2) return wishes;
  std::unordered_map<PartitionKey, std::size_t, PartitionKeyHash> places;
  std::vector<FetchWish> kept;
  kept.reserve(wishes.size());
  for (FetchWish& wish : wishes) {
    const auto [it, fresh] = places.emplace(key_of(wish.key), kept.size());
    if (fresh) {
      kept.push_back(std::move(wish));
    } else {
      kept[it->second] = std::move(wish);
    }
  }
  return kept;
}

}  // namespace

std::int32_t next_session_epoch(std::int32_t epoch) {
  if (epoch < 0) return kFinalEpoch;
  return epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
}

// The partitions of one session, in the order they will be read, and what was last said of each.
// Guarded by the cache's mutex.
class FetchSession {
 public:
  FetchSession(std::int32_t id, bool by_id, bool from_follower, env::Instant created)
      : id(id), by_id(by_id), from_follower(from_follower), created(created), last_used(created) {}

  std::size_t size() const { return order_.size(); }
  void put(FetchWish wish) {
    const PartitionKey key = key_of(wish.key);
    const auto it = index_.find(key);
    if (it == index_.end()) {
      order_.push_back({std::move(wish), kNoOffset, kNoOffset});
      index_.emplace(key, std::prev(order_.end()));
      return;
    }
    // A name learned earlier is not lost to a request that does not know it.
    if (wish.key.topic.empty()) wish.key.topic = std::move(it->second->wish.key.topic);
    it->second->wish = std::move(wish);
  }
  void forget(const SessionPartition& partition) {
    const auto it = index_.find(key_of(partition));
    if (it == index_.end()) return;
    order_.erase(it->second);
    index_.erase(it);
  }
  std::vector<FetchWish> wishes() const {
    std::vector<FetchWish> all;
    all.reserve(order_.size());
    for (const Cached& cached : order_) all.push_back(cached.wish);
    return all;
  }
  // Remembers the answers to the request that made the session.
  void remember(std::span<const FetchAnswer> answers);
  // Remembers the answers; positions of those that say anything new. Who had data goes to the end,
  // so that the next request's byte limits reach the others first.
  std::vector<std::size_t> take(std::span<const FetchAnswer> answers);

  const std::int32_t id;
  const bool by_id;
  const bool from_follower;
  const env::Instant created;
  env::Instant last_used;
  std::int32_t epoch = 1;
  std::size_t counted_size = 0;  // as the cache's orders have it

 private:
  struct Cached {
    FetchWish wish;
    Offset high_watermark;
    Offset log_start_offset;
    bool note(const FetchAnswer& answer);
  };
  std::list<Cached> order_;
  std::unordered_map<PartitionKey, std::list<Cached>::iterator, PartitionKeyHash> index_;
};

// True if the client has to hear of it.
bool FetchSession::Cached::note(const FetchAnswer& answer) {
  const bool moved =
      high_watermark != answer.high_watermark || log_start_offset != answer.log_start_offset;
  const bool failed = answer.error != ErrorCode::kNone;
  // After an error the partition is sent again once it is well, even with nothing new in it.
  high_watermark = failed ? kNoOffset : answer.high_watermark;
  log_start_offset = answer.log_start_offset;
  return moved || failed || answer.records_size > 0 || answer.diverging || answer.preferred_replica;
}

void FetchSession::remember(std::span<const FetchAnswer> answers) {
  BB_CHECK(answers.size() == order_.size());
  auto it = order_.begin();
  for (const FetchAnswer& answer : answers) (it++)->note(answer);
}

std::vector<std::size_t> FetchSession::take(std::span<const FetchAnswer> answers) {
  BB_CHECK(answers.size() == order_.size());
  std::vector<std::size_t> included;
  auto it = order_.begin();
  for (std::size_t n = 0; n < answers.size(); ++n) {
    const auto here = it++;
    if (!here->note(answers[n])) continue;
    included.push_back(n);
    if (answers[n].records_size > 0) order_.splice(order_.end(), order_, here);
  }
  return included;
}

FetchSessionCache::FetchSessionCache(std::size_t slots, env::Random* random,
                                     env::Duration evictable_after)
    : slots_(slots), random_(random), evictable_after_(evictable_after) {}

FetchSessionCache::~FetchSessionCache() = default;

FetchContext FetchSessionCache::open(FetchSessionRequest request, env::Instant now) {
  const std::lock_guard lock(mutex_);
  const bool full = request.session_epoch == kFullEpoch || request.session_epoch == kFinalEpoch;
  if (!full) return open_incremental(std::move(request), now);
  // A full request ends the session it names.
  const auto named = sessions_.find(request.session_id);
  if (named != sessions_.end()) remove(SessionPtr(named->second));
  FetchContext context;
  const bool wants_session = request.session_epoch == kFullEpoch;
  context.kind_ = wants_session ? FetchContext::Kind::kFull : FetchContext::Kind::kSessionless;
  context.by_id_ = request.version >= kFirstVersionWithIds;
  context.from_follower_ = request.from_follower;
  context.partitions_ = without_repetition(std::move(request.partitions));
  return context;
}

FetchContext FetchSessionCache::open_incremental(FetchSessionRequest request, env::Instant now) {
  FetchContext context;
  const auto found = sessions_.find(request.session_id);
  if (found == sessions_.end()) {
    context.error_ = ErrorCode::kFetchSessionIdNotFound;
    return context;
  }
  const SessionPtr session = found->second;
  if (session->epoch != request.session_epoch) {
    context.error_ = ErrorCode::kInvalidFetchSessionEpoch;
    return context;
  }
  context.by_id_ = request.version >= kFirstVersionWithIds;
  if (session->by_id != context.by_id_) {
    context.error_ = ErrorCode::kFetchSessionTopicIdError;
    return context;
  }
  for (const FetchWish& wish : request.partitions) session->put(wish);
  for (const SessionPartition& partition : request.forgotten) session->forget(partition);
  if (session->size() == 0) {
    remove(session);
    context.kind_ = FetchContext::Kind::kSessionless;
    context.partitions_ = without_repetition(std::move(request.partitions));
    return context;
  }
  touch(session, now);
  session->epoch = next_session_epoch(session->epoch);
  context.kind_ = FetchContext::Kind::kIncremental;
  context.expected_epoch_ = session->epoch;
  context.partitions_ = session->wishes();
  context.session_ = session;
  return context;
}

FetchSessionAnswer FetchSessionCache::complete(FetchContext& context,
                                               std::span<const FetchAnswer> answers,
                                               env::Instant now) {
  using Kind = FetchContext::Kind;
  FetchSessionAnswer answer;
  if (context.kind_ == Kind::kError) {
    answer.error = context.error_;
    return answer;
  }
  BB_CHECK(answers.size() == context.partitions_.size());
  const std::lock_guard lock(mutex_);
  if (context.kind_ == Kind::kIncremental) {
    answer.session_id = context.session_->id;
    if (context.session_->epoch != context.expected_epoch_) {
      answer.error = ErrorCode::kInvalidFetchSessionEpoch;
    } else {
      answer.included = context.session_->take(answers);
    }
    return answer;
  }
  for (std::size_t n = 0; n < answers.size(); ++n) answer.included.push_back(n);
  if (context.kind_ == Kind::kFull) answer.session_id = maybe_create(context, answers, now);
  return answer;
}

FetchSessionAnswer FetchSessionCache::throttled(const FetchContext& context) {
  FetchSessionAnswer answer;
  answer.error = context.error_;
  if (context.kind_ != FetchContext::Kind::kIncremental) return answer;
  const std::lock_guard lock(mutex_);
  answer.session_id = context.session_->id;
  if (context.session_->epoch != context.expected_epoch_) {
    answer.error = ErrorCode::kInvalidFetchSessionEpoch;
  }
  return answer;
}

std::int32_t FetchSessionCache::maybe_create(const FetchContext& context,
                                             std::span<const FetchAnswer> answers,
                                             env::Instant now) {
  const Value wanted{context.from_follower_, context.partitions_.size(), 0};
  if (sessions_.size() >= slots_ && !make_room(wanted, now)) return 0;
  auto session =
      std::make_shared<FetchSession>(new_id(), context.by_id_, context.from_follower_, now);
  for (const FetchWish& wish : context.partitions_) session->put(wish);
  session->remember(answers);
  sessions_.emplace(session->id, session);
  touch(session, now);
  return session->id;
}

// A session nobody used for long goes first; else one that is worth less than the new one, provided
// it has had its chance (evictable_after) or is only a consumer's in a follower's way.
bool FetchSessionCache::make_room(const Value& wanted, env::Instant now) {
  if (by_last_use_.empty()) return false;
  const auto [used, id] = *by_last_use_.begin();
  SessionPtr victim;
  if (now - used > evictable_after_) {
    victim = sessions_.at(id);
  } else {
    const auto& candidates = wanted.from_follower ? evictable_by_followers_ : evictable_by_all_;
    if (candidates.empty() || wanted < candidates.begin()->first) return false;
    victim = candidates.begin()->second;
  }
  remove(victim);
  ++evictions_;
  return true;
}

void FetchSessionCache::touch(const SessionPtr& session, env::Instant now) {
  by_last_use_.erase({session->last_used, session->id});
  session->last_used = now;
  by_last_use_.emplace(now, session->id);

  const Value old{session->from_follower, session->counted_size, session->id};
  evictable_by_all_.erase(old);
  evictable_by_followers_.erase(old);
  partitions_ += session->size() - session->counted_size;
  session->counted_size = session->size();
  const Value value{session->from_follower, session->counted_size, session->id};
  const bool old_enough = now - session->created > evictable_after_;
  if (old_enough) evictable_by_all_.emplace(value, session);
  if (old_enough || !session->from_follower) evictable_by_followers_.emplace(value, session);
}

void FetchSessionCache::remove(const SessionPtr& session) {
  const Value value{session->from_follower, session->counted_size, session->id};
  sessions_.erase(session->id);
  by_last_use_.erase({session->last_used, session->id});
  evictable_by_all_.erase(value);
  evictable_by_followers_.erase(value);
  partitions_ -= session->counted_size;
}

std::int32_t FetchSessionCache::new_id() {
  constexpr std::uint64_t kIds = std::numeric_limits<std::int32_t>::max() - 1;
  for (;;) {
    const auto id = static_cast<std::int32_t>(random_->below(kIds)) + 1;
    if (!sessions_.contains(id)) return id;
  }
}

std::size_t FetchSessionCache::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

std::size_t FetchSessionCache::partition_count() const {
  const std::lock_guard lock(mutex_);
  return partitions_;
}

std::uint64_t FetchSessionCache::evictions() const {
  const std::lock_guard lock(mutex_);
  return evictions_;
}

}  // namespace barnabas::broker::replica
