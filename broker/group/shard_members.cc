// Shard: the requests of members, and what the state machine asks for in answer to them.
#include "broker/group/shard.h"
#include "broker/group/stored_group.h"
#include "env/log.h"

namespace barnabas::broker::group {
namespace {

constexpr auto kLogger = "kafka.coordinator.group.GroupCoordinator";

// Moves each answer to whoever waits for it.
template <class Answer, class Waiters>
void hand_out(std::vector<std::pair<Ticket, Answer>> answers, Waiters& waiters) {
  for (auto& [ticket, answer] : answers) {
    auto waiting = waiters.extract(ticket);
    if (waiting.empty()) continue;
    waiting.mapped()->answer = std::move(answer);
    waiting.mapped()->signal.set();
  }
}

JoinAnswer refused(ErrorCode error, std::string member_id) {
  JoinAnswer answer;
  answer.error = error;
  answer.member_id = std::move(member_id);
  return answer;
}

SyncAnswer refused(ErrorCode error) {
  SyncAnswer answer;
  answer.error = error;
  return answer;
}

}  // namespace

void Shard::perform(const EntryPtr& entry, Effects effects) {
  for (const auto& line : effects.log) env::log_info(kLogger, "{}", line);
  hand_out(std::move(effects.joins), joins_);
  hand_out(std::move(effects.syncs), syncs_);
  for (const auto& one : effects.stores) store(entry, one);
  reschedule(entry);
}

void Shard::store(const EntryPtr& entry, const Store& store) {
  auto record = group_record(entry->machine.id(), group_value(store.value));
  auto written = record ? log_.append(std::span(&*record, 1))
                        : Result<Written>(std::unexpected(record.error()));
  if (!written) return stored(entry, store.token, written.error());
  if (const auto known = log_.state(*written)) return stored(entry, store.token, *known);
  const bool awaited =
      ports_.gate->spawn(executor_, await_store(shared_from_this(), entry, store.token, *written));
  if (!awaited) stored(entry, store.token, ErrorCode::kNotLeaderOrFollower);
}

void Shard::stored(const EntryPtr& entry, StoreToken token, ErrorCode error) {
  perform(entry, entry->machine.on_stored(token, error, now()));
}

env::Task<void> Shard::await_store(std::shared_ptr<Shard> self, EntryPtr entry, StoreToken token,
                                   Written written) {
  const auto error = co_await self->log_.replicated(written);
  self->stored(entry, token, error);
}

template <class Answer>
env::Task<Answer> Shard::answer_of(std::shared_ptr<Waiting<Answer>> waiting) {
  if (!waiting->answer) co_await waiting->signal.wait();
  co_return *std::move(waiting->answer);
}

env::Task<JoinAnswer> Shard::join(std::string group, JoinRequest request) {
  auto error = availability();
  if (error == ErrorCode::kNone) {
    error = check_session_timeout(config_.group, request.session_timeout);
  }
  if (error != ErrorCode::kNone) co_return refused(error, request.member_id);
  const auto entry = request.member_id.empty() ? create(group) : find(group);
  if (!entry) co_return refused(ErrorCode::kUnknownMemberId, request.member_id);
  const auto waiting = std::make_shared<Waiting<JoinAnswer>>();
  joins_.emplace(++last_ticket_, waiting);
  perform(entry, entry->machine.join(last_ticket_, std::move(request), now()));
  co_return co_await answer_of(waiting);
}

env::Task<SyncAnswer> Shard::sync(std::string group, SyncRequest request) {
  // A group that is still being read knows nothing of a rebalance that this sync belonged to.
  const bool loading = state_ == State::kLoading;
  if (loading) co_return refused(ErrorCode::kRebalanceInProgress);
  if (const auto error = availability(); error != ErrorCode::kNone) co_return refused(error);
  const auto entry = find(group);
  if (!entry) co_return refused(ErrorCode::kUnknownMemberId);
  const auto waiting = std::make_shared<Waiting<SyncAnswer>>();
  syncs_.emplace(++last_ticket_, waiting);
  perform(entry, entry->machine.sync(last_ticket_, std::move(request), now()));
  co_return co_await answer_of(waiting);
}

env::Task<ErrorCode> Shard::heartbeat(std::string group, MemberClaim claim) {
  // The member has nothing to do until the group is loaded; its session starts anew then.
  if (state_ == State::kLoading) co_return ErrorCode::kNone;
  if (const auto error = availability(); error != ErrorCode::kNone) co_return error;
  const auto entry = find(group);
  if (!entry) co_return ErrorCode::kUnknownMemberId;
  const auto error = entry->machine.heartbeat(claim, now());
  reschedule(entry);
  co_return error;
}

env::Task<LeaveAnswer> Shard::leave(std::string group, std::vector<LeavingMember> leaving) {
  if (const auto error = availability(); error != ErrorCode::kNone)
    co_return LeaveAnswer{error, {}};
  const auto entry = find(group);
  if (!entry) {
    co_return LeaveAnswer{ErrorCode::kNone,
                          std::vector(leaving.size(), ErrorCode::kUnknownMemberId)};
  }
  auto result = entry->machine.leave(leaving, now());
  perform(entry, std::move(result.effects));
  co_return LeaveAnswer{result.error, std::move(result.members)};
}

env::Task<Result<Description>> Shard::describe(std::string group) {
  if (const auto error = availability(); error != ErrorCode::kNone)
    co_return std::unexpected(error);
  const auto entry = find(group);
  co_return entry ? entry->machine.describe() : Description{};
}

env::Task<std::vector<Overview>> Shard::list() {
  std::vector<Overview> all;
  all.reserve(groups_.size());
  for (const auto& [name, entry] : groups_) all.push_back(entry->machine.overview());
  co_return all;
}

env::Task<ErrorCode> Shard::delete_group(std::string group) {
  if (const auto error = availability(); error != ErrorCode::kNone) co_return error;
  const auto entry = find(group);
  if (!entry) co_return ErrorCode::kGroupIdNotFound;
  const auto error = entry->machine.check_delete();
  if (error == ErrorCode::kNone) bury(entry, entry->offsets.remove(entry->offsets.all()));
  co_return error;
}

}  // namespace barnabas::broker::group
