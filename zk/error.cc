#include "zk/session.h"

namespace barnabas::zk {

const char* name(Error error) {
  switch (error) {
    case Error::kRuntimeInconsistency: return "RuntimeInconsistency";
    case Error::kConnectionLoss: return "ConnectionLoss";
    case Error::kMarshallingError: return "MarshallingError";
    case Error::kUnimplemented: return "Unimplemented";
    case Error::kOperationTimeout: return "OperationTimeout";
    case Error::kBadArguments: return "BadArguments";
    case Error::kNoNode: return "NoNode";
    case Error::kNoAuth: return "NoAuth";
    case Error::kBadVersion: return "BadVersion";
    case Error::kNoChildrenForEphemerals: return "NoChildrenForEphemerals";
    case Error::kNodeExists: return "NodeExists";
    case Error::kNotEmpty: return "NotEmpty";
    case Error::kSessionExpired: return "SessionExpired";
    case Error::kInvalidAcl: return "InvalidAcl";
    case Error::kAuthFailed: return "AuthFailed";
    case Error::kClosing: return "Closing";
  }
  return "Unknown";
}

}  // namespace barnabas::zk
