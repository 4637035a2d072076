#include "controller/election.h"

#include <utility>

#include "zk/paths.h"

namespace barnabas::controller {
namespace {

struct EpochNode {
  ControllerEpoch epoch;
  int version = 0;
};

EpochNode decode_epoch(const zk::Reply& reply) {
  const auto epoch = zk::decode_controller_epoch(reply.data.value_or(""));
  if (!epoch) {
    throw RoleLost{RoleLost::Why::kFailed, "/controller_epoch cannot be read: " + epoch.error()};
  }
  return {*epoch, reply.stat.version};
}

// Made with 0 if it is not there; who is slower in that reads what the other made.
env::Task<EpochNode> read_epoch(zk::Client* client) {
  for (;;) {
    const auto read = co_await client->submit_one(zk::GetData{zk::paths::kControllerEpoch, false});
    if (read) co_return decode_epoch(*read);
    if (read.error().error != zk::Error::kNoNode) fail(read.error().error, "reading the epoch");
    zk::Create create{zk::paths::kControllerEpoch, zk::encode_controller_epoch(ControllerEpoch{0})};
    const auto made = co_await client->submit_one(std::move(create));
    if (made) co_return EpochNode{};
    if (made.error().error != zk::Error::kNodeExists) fail(made.error().error, "making the epoch");
  }
}

zk::Multi candidacy(BrokerId self, Timestamp now, EpochNode before) {
  zk::ControllerNode node;
  node.broker = self;
  node.timestamp = now;
  zk::Multi multi;
  multi.ops.push_back(
      zk::Create{zk::paths::kController, node.encode(), zk::CreateMode::kEphemeral});
  multi.ops.push_back(zk::SetData{zk::paths::kControllerEpoch,
                                  zk::encode_controller_epoch(before.epoch + 1), before.version});
  return multi;
}

// Our multi may have gone through and its reply been lost: then /controller is ours and the epoch
// is the one we meant to write.
env::Task<std::optional<Term>> did_we_win(zk::Client* client, BrokerId self,
                                          ControllerEpoch meant) {
  const ControllerSeen seen = co_await see_controller(client);
  if (seen.broker != self || seen.owner != client->session_id()) co_return std::nullopt;
  const EpochNode now = co_await read_epoch(client);
  if (now.epoch != meant) co_return std::nullopt;
  co_return Term{meant, now.version};
}

}  // namespace

env::Task<ControllerSeen> see_controller(zk::Client* client) {
  std::vector<zk::Request> requests;
  requests.push_back(zk::Exists{zk::paths::kController, true});
  requests.push_back(zk::GetData{zk::paths::kController, false});
  const auto outcomes = co_await client->submit(std::move(requests));
  for (const zk::Outcome& outcome : outcomes) {
    if (!outcome && outcome.error().error != zk::Error::kNoNode) {
      fail(outcome.error().error, "reading the controller");
    }
  }
  if (!outcomes.back()) co_return ControllerSeen{};
  const auto node = zk::ControllerNode::decode(outcomes.back()->data.value_or(""));
  if (!node) throw RoleLost{RoleLost::Why::kFailed, "/controller cannot be read: " + node.error()};
  co_return ControllerSeen{node->broker, outcomes.back()->stat.ephemeral_owner};
}

env::Task<std::optional<Term>> run_for_controller(zk::Client* client, BrokerId self,
                                                  Timestamp now) {
  const EpochNode before = co_await read_epoch(client);
  const ControllerEpoch meant = before.epoch + 1;
  zk::Request request = candidacy(self, now, before);
  const auto outcome = co_await client->submit_one(std::move(request));
  if (outcome) {
    const int fence =
        outcome->multi.size() > 1 ? outcome->multi[1].stat.version : before.version + 1;
    co_return Term{meant, fence};
  }
  const zk::Error error = outcome.error().error;
  if (error != zk::Error::kNodeExists && error != zk::Error::kBadVersion) fail(error, "running");
  co_return co_await did_we_win(client, self, meant);
}

}  // namespace barnabas::controller
