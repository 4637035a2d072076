#include "env/sim/link.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "env/sim/world.h"

namespace barnabas::env::sim {

Link::Link(Wire* wire, Node* client, Address address, std::uint64_t number)
    : wire_(wire),
      client_(client),
      client_host_(client->name()),
      address_(std::move(address)),
      number_(number) {}

void Link::begin() { send(true, Kind::kOpen, {}); }

void Link::submit(std::shared_ptr<Exchange> exchange) {
  Frame request = std::move(exchange->request);
  unanswered_.push_back(std::move(exchange));
  send(true, Kind::kFrame, std::move(request));
}

void Link::fail(std::error_code error) {
  if (failed_) return;
  failed_ = true;
  // What was written may still arrive, all of it or a first part.
  lose_tail(&pipes_[true]);
  send(true, Kind::kClose, {});
  for (const std::shared_ptr<Exchange>& exchange : std::exchange(unanswered_, {})) {
    exchange->response = std::unexpected(error);
    exchange->done.set();
  }
}

void Link::lose_tail(Pipe* pipe) {
  std::size_t kept = wire_->world().random().below(pipe->items.size() + 1);
  if (pipe->waiting) kept = std::max<std::size_t>(kept, 1);  // the agenda holds the first one
  pipe->items.resize(std::min(kept, pipe->items.size()));
}

void Link::send(bool to_server, Kind kind, Frame frame) {
  Pipe& pipe = pipes_[to_server];
  Instant due = std::max(wire_->world().now() + wire_->delay(), pipe.last + Duration(1));
  pipe.last = due;
  pipe.items.push_back({kind, std::move(frame), due});
  if (!pipe.waiting) schedule(to_server);
}

// A pipe with something in it keeps its Link alive.
void Link::schedule(bool to_server) {
  Pipe& pipe = pipes_[to_server];
  if (pipe.items.empty() || wire_->is_cut(host(!to_server), host(to_server))) return;
  pipe.waiting = true;
  World& world = wire_->world();
  Duration left = std::max(pipe.items.front().due - world.now(), Duration::zero());
  world.at(left, [self = shared_from_this(), to_server] { self->arrive(to_server); });
}

void Link::pump() {
  for (bool to_server : {false, true}) {
    if (!pipes_[to_server].waiting) schedule(to_server);
  }
}

void Link::arrive(bool to_server) {
  Pipe& pipe = pipes_[to_server];
  pipe.waiting = false;
  if (wire_->is_cut(host(!to_server), host(to_server))) return;  // cut while on its way
  if (pipe.items.empty()) return;
  Item item = std::move(pipe.items.front());
  pipe.items.pop_front();
  if (item.kind == Kind::kFrame && wire_->loses()) {
    reset();
  } else {
    record(to_server, item);
    to_server ? at_server(std::move(item)) : at_client(std::move(item));
  }
  if (!pipe.waiting) schedule(to_server);
}

void Link::record(bool to_server, const Item& item) const {
  static constexpr const char* kNames[] = {"open", "frame", "close", "refuse"};
  std::string_view bytes(reinterpret_cast<const char*>(item.frame.data()), item.frame.size());
  wire_->world().record(fmt::format("{} > {} #{} {} {} {:x}", host(!to_server), host(to_server),
                                    number_, kNames[static_cast<int>(item.kind)], bytes.size(),
                                    fnv(kFnvStart, bytes)));
}

void Link::at_server(Item item) {
  if (item.kind == Kind::kOpen) {
    const Handler* handler = wire_->listener(address_);
    Node* node = wire_->world().find(address_.host);
    if (handler == nullptr || node == nullptr) {
      if (!wire_->is_silent(address_.host)) send(false, Kind::kRefuse, {});
      return;
    }
    server_ = node;
    node->spawn(run(shared_from_this(), node, *handler));
  } else if (server_ == nullptr) {
    // A host that is up says that it knows no such connection.
    bool answers = item.kind == Kind::kFrame && !wire_->is_silent(address_.host);
    if (answers) send(false, Kind::kClose, {});
  } else if (item.kind == Kind::kFrame) {
    inbox_.push_back(std::move(item.frame));
    more_.set();
  } else {
    ended_ = true;
    more_.set();
  }
}

void Link::at_client(Item item) {
  if (failed_) return;
  if (item.kind == Kind::kRefuse) {
    fail(std::make_error_code(std::errc::connection_refused));
  } else if (item.kind == Kind::kClose || unanswered_.empty()) {
    fail(std::make_error_code(std::errc::connection_reset));
  } else {
    std::shared_ptr<Exchange> exchange = std::move(unanswered_.front());
    unanswered_.pop_front();
    exchange->response = std::move(item.frame);
    exchange->done.set();
  }
}

Task<void> Link::run(std::shared_ptr<Link> self, Node* server, Handler handler) {
  co_await self->serve(server, std::move(handler));
}

Task<void> Link::serve(Node* server, Handler handler) {
  while (server_ == server) {
    Signal more = more_;
    if (inbox_.empty() && !ended_) co_await more.wait();
    if (inbox_.empty() && ended_) break;
    more_ = Signal();
    if (inbox_.empty()) continue;
    Incoming incoming;
    incoming.from = client_host_;
    incoming.connection = number_;
    incoming.frame = std::move(inbox_.front());
    inbox_.pop_front();
    std::optional<Frame> response = co_await handler(std::move(incoming));
    if (server_ != server) break;
    if (!response) {
      send(false, Kind::kClose, {});
      break;
    }
    send(false, Kind::kFrame, std::move(*response));
  }
  if (server_ == server) server_ = nullptr;
}

void Link::died(Node* node, bool silently) {
  if (client_ == node) {
    client_ = nullptr;
    unanswered_.clear();
    lose_tail(&pipes_[true]);
    if (!silently && !failed_) send(true, Kind::kClose, {});
    failed_ = true;
  }
  if (server_ == node) {
    server_ = nullptr;
    inbox_.clear();
    lose_tail(&pipes_[false]);
    if (!silently) send(false, Kind::kClose, {});
  }
}

void Link::reset() {
  pipes_[false].items.clear();
  pipes_[true].items.clear();
  ended_ = true;
  inbox_.clear();
  server_ = nullptr;
  more_.set();
  fail(std::make_error_code(std::errc::connection_reset));
}

bool Link::between(const std::string& a, const std::string& b) const {
  return (client_host_ == a && address_.host == b) || (client_host_ == b && address_.host == a);
}

}  // namespace barnabas::env::sim
