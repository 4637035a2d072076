// An answer to an administrator: Kafka's code and the sentence that goes with it.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "protocol/error_code.h"
#include "zk/session.h"

namespace barnabas::controller {

struct AdminError {
  ErrorCode code;
  std::string message;
  friend bool operator==(const AdminError&, const AdminError&) = default;
};

template <class T>
using AdminResult = std::expected<T, AdminError>;

inline std::unexpected<AdminError> refuse(ErrorCode code, std::string message) {
  return std::unexpected(AdminError{code, std::move(message)});
}

std::unexpected<AdminError> no_controller();
// A session that ends under us takes the controller role with it: clients look for the new one.
std::unexpected<AdminError> zookeeper_failed(zk::Error error);

}  // namespace barnabas::controller
