#include "zk/native/call.h"

#include <memory>
#include <type_traits>
#include <utility>

namespace barnabas::zk::native {
namespace {

constexpr std::size_t kSequenceDigits = 10;

// What travels through the C client as its `const void* data`.
struct Call {
  Completed done;
};

// A multi keeps what the C client points into until it is answered.
struct MultiCall {
  Completed done;
  Multi request;
  std::vector<zoo_op_t> ops;
  std::vector<zoo_op_result_t> results;
  std::vector<::Stat> stats;
  std::vector<std::string> paths;  // where the C client writes the paths created
};

Outcome failure(int code, int op = -1) { return std::unexpected(Failure{to_error(code), op}); }

// The owner may free the call as soon as `done` has run, so it is moved out first.
Completed take(const void* data) {
  return std::move(static_cast<Call*>(const_cast<void*>(data))->done);
}

void on_void(int code, const void* data) {
  Completed done = take(data);
  done(code == ZOK ? Outcome(Reply{}) : failure(code));
}

void on_stat(int code, const ::Stat* stat, const void* data) {
  Completed done = take(data);
  done(code == ZOK ? Outcome(Reply{.stat = to_stat(*stat)}) : failure(code));
}

void on_created(int code, const char* path, const ::Stat* stat, const void* data) {
  Completed done = take(data);
  if (code != ZOK) return done(failure(code));
  done(Reply{.path = path, .stat = to_stat(*stat)});
}

void on_data(int code, const char* value, int length, const ::Stat* stat, const void* data) {
  Completed done = take(data);
  if (code != ZOK) return done(failure(code));
  Reply reply{.stat = to_stat(*stat)};
  if (length >= 0) reply.data.emplace(value, static_cast<std::size_t>(length));
  done(std::move(reply));
}

void on_children(int code, const String_vector* names, const ::Stat* stat, const void* data) {
  Completed done = take(data);
  if (code != ZOK) return done(failure(code));
  Reply reply{.stat = to_stat(*stat)};
  reply.children.assign(names->data, names->data + names->count);
  done(std::move(reply));
}

void on_acl(int code, ACL_vector* list, ::Stat* stat, const void* data) {
  Completed done = take(data);
  if (code != ZOK) return done(failure(code));
  Reply reply{.stat = to_stat(*stat)};
  for (int i = 0; i < list->count; ++i) {
    const ::ACL& entry = list->data[i];
    reply.acl.push_back({entry.perms, entry.id.scheme, entry.id.id});
  }
  done(std::move(reply));
}

void on_synced(int code, const char*, const void* data) { on_void(code, data); }

// The op that failed stands between successes and RUNTIMEINCONSISTENCY; -1 if none did (a lost
// connection).
int failed_op(const std::vector<zoo_op_result_t>& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const int code = results[i].err;
    if (code != ZOK && code != ZRUNTIMEINCONSISTENCY) return static_cast<int>(i);
  }
  return -1;
}

void on_multi(int code, const void* data) {
  auto* call = static_cast<MultiCall*>(const_cast<void*>(data));
  Completed done = std::move(call->done);
  if (code != ZOK) {
    const int op = failed_op(call->results);
    const int why = op < 0 ? code : call->results[static_cast<std::size_t>(op)].err;
    return done(failure(why, op));
  }
  Reply reply;
  for (std::size_t i = 0; i < call->ops.size(); ++i) {
    Reply part;
    if (std::holds_alternative<Create>(call->request.ops[i])) part.path = call->paths[i].c_str();
    if (std::holds_alternative<SetData>(call->request.ops[i])) part.stat = to_stat(call->stats[i]);
    reply.multi.push_back(std::move(part));
  }
  done(std::move(reply));
}

int mode_of(CreateMode mode) {
  switch (mode) {
    case CreateMode::kPersistent: return ZOO_PERSISTENT;
    case CreateMode::kEphemeral: return ZOO_EPHEMERAL;
    case CreateMode::kPersistentSequential: return ZOO_PERSISTENT_SEQUENTIAL;
    case CreateMode::kEphemeralSequential: return ZOO_EPHEMERAL_SEQUENTIAL;
  }
  return ZOO_PERSISTENT;
}

const char* bytes(const Data& data) { return data ? data->data() : nullptr; }
int length(const Data& data) { return data ? static_cast<int>(data->size()) : -1; }

int send(zhandle_t* zh, const Create& r, Call* call) {
  return zoo_acreate2(zh, r.path.c_str(), bytes(r.data), length(r.data), &ZOO_OPEN_ACL_UNSAFE,
                      mode_of(r.mode), on_created, call);
}
int send(zhandle_t* zh, const Delete& r, Call* call) {
  return zoo_adelete(zh, r.path.c_str(), r.version, on_void, call);
}
int send(zhandle_t* zh, const Exists& r, Call* call) {
  return zoo_aexists(zh, r.path.c_str(), r.watch ? 1 : 0, on_stat, call);
}
int send(zhandle_t* zh, const GetData& r, Call* call) {
  return zoo_aget(zh, r.path.c_str(), r.watch ? 1 : 0, on_data, call);
}
int send(zhandle_t* zh, const SetData& r, Call* call) {
  return zoo_aset(zh, r.path.c_str(), bytes(r.data), length(r.data), r.version, on_stat, call);
}
int send(zhandle_t* zh, const GetChildren& r, Call* call) {
  return zoo_aget_children2(zh, r.path.c_str(), r.watch ? 1 : 0, on_children, call);
}
int send(zhandle_t* zh, const GetAcl& r, Call* call) {
  return zoo_aget_acl(zh, r.path.c_str(), on_acl, call);
}
int send(zhandle_t* zh, const Sync& r, Call* call) {
  return zoo_async(zh, r.path.c_str(), on_synced, call);
}

void prepare(MultiCall& call, std::size_t i) {
  zoo_op_t* op = &call.ops[i];
  std::visit(
      [&](const auto& r) {
        using R = std::decay_t<decltype(r)>;
        if constexpr (std::is_same_v<R, Create>) {
          call.paths[i].resize(r.path.size() + kSequenceDigits + 1);
          zoo_create_op_init(op, r.path.c_str(), bytes(r.data), length(r.data),
                             &ZOO_OPEN_ACL_UNSAFE, mode_of(r.mode), call.paths[i].data(),
                             static_cast<int>(call.paths[i].size()));
        } else if constexpr (std::is_same_v<R, Delete>) {
          zoo_delete_op_init(op, r.path.c_str(), r.version);
        } else if constexpr (std::is_same_v<R, SetData>) {
          zoo_set_op_init(op, r.path.c_str(), bytes(r.data), length(r.data), r.version,
                          &call.stats[i]);
        } else {
          zoo_check_op_init(op, r.path.c_str(), r.version);
        }
      },
      call.request.ops[i]);
}

Started send_multi(zhandle_t* zh, const Multi& request, Completed done) {
  auto call = std::make_shared<MultiCall>();
  call->done = std::move(done);
  call->request = request;
  const std::size_t count = request.ops.size();
  call->ops.resize(count);
  call->results.resize(count);
  call->stats.resize(count);
  call->paths.resize(count);
  for (std::size_t i = 0; i < count; ++i) prepare(*call, i);
  const int code = zoo_amulti(zh, static_cast<int>(count), call->ops.data(), call->results.data(),
                              on_multi, call.get());
  return {code, std::move(call)};
}

}  // namespace

Started start_call(zhandle_t* handle, const Request& request, Completed done) {
  return std::visit(
      [&](const auto& r) -> Started {
        if constexpr (std::is_same_v<std::decay_t<decltype(r)>, Multi>) {
          return send_multi(handle, r, std::move(done));
        } else {
          auto call = std::make_shared<Call>(std::move(done));
          const int code = send(handle, r, call.get());
          return {code, std::move(call)};
        }
      },
      request);
}

Error to_error(int code) {
  switch (code) {
    case ZRUNTIMEINCONSISTENCY: return Error::kRuntimeInconsistency;
    case ZCONNECTIONLOSS: return Error::kConnectionLoss;
    case ZMARSHALLINGERROR: return Error::kMarshallingError;
    case ZUNIMPLEMENTED: return Error::kUnimplemented;
    case ZOPERATIONTIMEOUT:
      return Error::kConnectionLoss;  // it closes the connection, outcome unknown
    case ZBADARGUMENTS: return Error::kBadArguments;
    case ZINVALIDSTATE: return Error::kSessionExpired;  // the handle's session is over
    case ZNONODE: return Error::kNoNode;
    case ZNOAUTH: return Error::kNoAuth;
    case ZBADVERSION: return Error::kBadVersion;
    case ZNOCHILDRENFOREPHEMERALS: return Error::kNoChildrenForEphemerals;
    case ZNODEEXISTS: return Error::kNodeExists;
    case ZNOTEMPTY: return Error::kNotEmpty;
    case ZSESSIONEXPIRED: return Error::kSessionExpired;
    case ZINVALIDACL: return Error::kInvalidAcl;
    case ZAUTHFAILED: return Error::kAuthFailed;
    case ZCLOSING: return Error::kClosing;
    default: return Error::kRuntimeInconsistency;
  }
}

Stat to_stat(const ::Stat& stat) {
  Stat out;
  out.czxid = stat.czxid;
  out.mzxid = stat.mzxid;
  out.ctime_ms = stat.ctime;
  out.mtime_ms = stat.mtime;
  out.version = stat.version;
  out.cversion = stat.cversion;
  out.aversion = stat.aversion;
  out.ephemeral_owner = stat.ephemeralOwner;
  out.data_length = stat.dataLength;
  out.num_children = stat.numChildren;
  out.pzxid = stat.pzxid;
  return out;
}

}  // namespace barnabas::zk::native
