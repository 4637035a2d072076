#include "controller/admin_result.h"

namespace barnabas::controller {

std::unexpected<AdminError> no_controller() {
  return refuse(ErrorCode::kNotController, std::string(message(ErrorCode::kNotController)));
}

std::unexpected<AdminError> zookeeper_failed(zk::Error error) {
  if (error == zk::Error::kSessionExpired || error == zk::Error::kClosing) return no_controller();
  return refuse(ErrorCode::kUnknownServerError, std::string("ZooKeeper: ") + zk::name(error));
}

}  // namespace barnabas::controller
