// A ZooKeeper connector that keeps what its sessions wrote, in the words of ZooKeeper's transaction
// log as the captures of real clusters print it.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "zk/session.h"

namespace barnabas::controller::testing {

inline std::string text(const zk::Data& data) { return data ? *data : "null"; }

inline std::string error_text(zk::Error error) {
  switch (error) {
    case zk::Error::kNoNode: return "error NONODE";
    case zk::Error::kNodeExists: return "error NODEEXISTS";
    case zk::Error::kBadVersion: return "error BADVERSION";
    case zk::Error::kNotEmpty: return "error NOTEMPTY";
    case zk::Error::kRuntimeInconsistency: return "error RUNTIMEINCONSISTENCY";
    default: return std::string("error ") + zk::name(error);
  }
}

inline std::string text(const zk::MultiOp& op, const zk::Stat& after) {
  if (const auto* create = std::get_if<zk::Create>(&op)) {
    const bool ephemeral = create->mode == zk::CreateMode::kEphemeral;
    return fmt::format("create {}{} {}", ephemeral ? "E " : "", create->path, text(create->data));
  }
  if (const auto* set = std::get_if<zk::SetData>(&op)) {
    return fmt::format("setData {} ->v{} {}", set->path, after.version, text(set->data));
  }
  if (const auto* remove = std::get_if<zk::Delete>(&op)) return "delete " + remove->path;
  const auto& check = std::get<zk::Check>(op);
  return fmt::format("check {} txnver={}", check.path, check.version + 1);
}

inline std::string text(const zk::Multi& multi, const zk::Outcome& outcome) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < multi.ops.size(); ++i) {
    const int failed = outcome ? -1 : outcome.error().failed_op;
    if (outcome) {
      parts.push_back(text(multi.ops[i], outcome->multi.at(i).stat));
    } else if (static_cast<int>(i) < failed) {
      parts.push_back(text(multi.ops[i], {}));
    } else if (static_cast<int>(i) == failed) {
      parts.push_back(error_text(outcome.error().error));
    } else {
      parts.push_back(error_text(zk::Error::kRuntimeInconsistency));
    }
  }
  return fmt::format("multi[{}]", fmt::join(parts, " ; "));
}

// Kafka writes each operation for itself. A transaction of several behind one check is shown as as
// many; one that was refused has written nothing and is not shown, since they follow one by one.
inline std::vector<std::string> transactions(const zk::Multi& multi, const zk::Outcome& outcome) {
  if (multi.ops.size() <= 2) return {text(multi, outcome)};
  std::vector<std::string> lines;
  for (std::size_t i = 1; outcome && i < multi.ops.size(); ++i) {
    zk::Outcome own = zk::Reply{};
    own->multi = {outcome->multi.front(), outcome->multi.at(i)};
    lines.push_back(text(zk::Multi{{multi.ops.front(), multi.ops[i]}}, own));
  }
  return lines;
}

// Empty for reads.
inline std::vector<std::string> transactions(const zk::Request& request,
                                             const zk::Outcome& outcome) {
  if (const auto* multi = std::get_if<zk::Multi>(&request)) return transactions(*multi, outcome);
  zk::MultiOp op;
  if (const auto* create = std::get_if<zk::Create>(&request)) {
    op = *create;
  } else if (const auto* set = std::get_if<zk::SetData>(&request)) {
    op = *set;
  } else if (const auto* remove = std::get_if<zk::Delete>(&request)) {
    op = *remove;
  } else {
    return {};
  }
  return {outcome ? text(op, outcome->stat) : error_text(outcome.error().error)};
}

class RecordingSession final : public zk::Session {
 public:
  RecordingSession(std::unique_ptr<zk::Session> inner, std::vector<std::string>* log)
      : inner_(std::move(inner)), log_(log) {}
  zk::State state() const override { return inner_->state(); }
  std::int64_t id() const override { return inner_->id(); }
  env::Duration timeout() const override { return inner_->timeout(); }
  void submit(zk::Request request, std::move_only_function<void(zk::Outcome)> done) override {
    zk::Request copy = request;
    inner_->submit(std::move(request), [copy = std::move(copy), done = std::move(done),
                                        log = log_](zk::Outcome outcome) mutable {
      for (std::string& line : transactions(copy, outcome)) log->push_back(std::move(line));
      done(std::move(outcome));
    });
  }
  env::Task<void> close() override { return inner_->close(); }

 private:
  std::unique_ptr<zk::Session> inner_;
  std::vector<std::string>* log_;
};

class RecordingConnector final : public zk::Connector {
 public:
  explicit RecordingConnector(zk::Connector& inner) : inner_(inner) {}
  std::unique_ptr<zk::Session> open(zk::SessionConfig config, env::Executor executor,
                                    zk::SessionEvents events) override {
    auto session = inner_.open(std::move(config), std::move(executor), std::move(events));
    return std::make_unique<RecordingSession>(std::move(session), &log);
  }
  std::vector<std::string> log;

 private:
  zk::Connector& inner_;
};

}  // namespace barnabas::controller::testing
