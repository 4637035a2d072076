#include "broker/follower/leader_session.h"

#include <algorithm>
#include <limits>

namespace barnabas::broker::follower {

namespace {

using protocol::FetchRequest;

// The topic to add to: the last one if it is the same, for what belongs together comes together.
template <class Topic>
Topic& topic_of(std::vector<Topic>& topics, const TopicPartition& tp, const TopicId& id) {
  if (topics.empty() || topics.back().topic != tp.topic || topics.back().topic_id != id) {
    topics.emplace_back();
    topics.back().topic = tp.topic;
    topics.back().topic_id = id;
  }
  return topics.back();
}

FetchRequest::FetchPartition on_wire(const TopicPartition& tp, const WantedPartition& wanted,
                                     std::int32_t max_bytes) {
  FetchRequest::FetchPartition out;
  out.partition = tp.partition;
  out.current_leader_epoch = wanted.leader_epoch;
  out.fetch_offset = wanted.fetch_offset;
  out.last_fetched_epoch = wanted.last_fetched_epoch;
  out.log_start_offset = wanted.log_start;
  out.partition_max_bytes = max_bytes;
  return out;
}

}  // namespace

void LeaderSession::count_id(const TopicPartition& tp, const WantedPartition& wanted) {
  if (wanted.topic_id.is_zero()) {
    ++without_id_;
    return;
  }
  Name& name = names_[wanted.topic_id];
  name.topic = tp.topic;
  ++name.partitions;
}

void LeaderSession::forget(const TopicPartition& tp, const Slot& slot) {
  const TopicId& id = slot.wanted.topic_id;
  forgotten_.emplace(tp, id);
  if (id.is_zero()) {
    --without_id_;
    return;
  }
  const auto name = names_.find(id);
  if (--name->second.partitions == 0) names_.erase(name);
}

void LeaderSession::want(const TopicPartition& tp, const WantedPartition& wanted) {
  const auto [it, added] = wanted_.try_emplace(tp);
  Slot& slot = it->second;
  if (!added && slot.wanted == wanted) return;
  const bool other_topic = !added && slot.wanted.topic_id != wanted.topic_id;
  if (other_topic) forget(tp, slot);
  if (added || other_topic) {
    count_id(tp, wanted);
    forgotten_.erase({tp, wanted.topic_id});
  }
  slot.wanted = wanted;
  slot.turn = ++turns_;
  changed_.insert(tp);
}

void LeaderSession::drop(const TopicPartition& tp) {
  const auto it = wanted_.find(tp);
  if (it == wanted_.end()) return;
  forget(tp, it->second);
  changed_.erase(tp);
  wanted_.erase(it);
}

std::string LeaderSession::topic_name(const TopicId& id) const {
  const auto it = names_.find(id);
  return it == names_.end() ? std::string() : it->second.topic;
}

std::vector<const LeaderSession::Item*> LeaderSession::to_send(bool everything) const {
  std::vector<const Item*> items;
  if (everything) {
    for (const Item& item : wanted_) items.push_back(&item);
  } else {
    for (const TopicPartition& tp : changed_) items.push_back(&*wanted_.find(tp));
  }
  std::ranges::sort(items, {}, [](const Item* item) { return item->second.turn; });
  return items;
}

void LeaderSession::fill(FetchRequest& request, bool by_id, std::int32_t partition_max_bytes) {
  // A session speaks of topics by id or by name, never both.
  if (session_id_ != kNoSession && by_id != by_id_) epoch_ = kOpen;
  by_id_ = by_id;
  const bool everything = epoch_ == kOpen;
  request.session_id = session_id_;
  request.session_epoch = epoch_;
  const auto items = to_send(everything);
  for (const Item* item : items) {
    auto& topic = topic_of(request.topics, item->first, item->second.wanted.topic_id);
    topic.partitions.push_back(on_wire(item->first, item->second.wanted, partition_max_bytes));
  }
  if (!everything) {
    for (const auto& [tp, id] : forgotten_) {
      topic_of(request.forgotten_topics_data, tp, id).partitions.push_back(tp.partition);
    }
  }
  sent_ = items.size();
  changed_.clear();
  forgotten_.clear();
}

// A leader that leaves out something from a full answer has not understood the session.
bool LeaderSession::is_complete(const protocol::FetchResponse& response) const {
  std::size_t answered = 0;
  for (const auto& topic : response.responses) answered += topic.partitions.size();
  return answered == sent_;
}

bool LeaderSession::accept(const protocol::FetchResponse& response) {
  if (response.error_code != ErrorCode::kNone) {
    if (response.error_code == ErrorCode::kFetchSessionIdNotFound) session_id_ = kNoSession;
    epoch_ = kOpen;
    return false;
  }
  if (epoch_ == kOpen && !is_complete(response)) {
    session_id_ = kNoSession;
    return false;
  }
  session_id_ = response.session_id;
  const bool last = epoch_ == std::numeric_limits<std::int32_t>::max();
  epoch_ = session_id_ == kNoSession ? kOpen : last ? 1 : epoch_ + 1;
  return true;
}

}  // namespace barnabas::broker::follower
