// What the asking principal may do to a resource, as bits of AclOperation (KIP-430).
// No authorizer is configured: everything that the resource knows.
#pragma once

#include <cstdint>
#include <limits>

namespace barnabas::broker::api {

namespace acl_operation {
constexpr std::int32_t kRead = 1 << 3;
constexpr std::int32_t kWrite = 1 << 4;
constexpr std::int32_t kCreate = 1 << 5;
constexpr std::int32_t kDelete = 1 << 6;
constexpr std::int32_t kAlter = 1 << 7;
constexpr std::int32_t kDescribe = 1 << 8;
constexpr std::int32_t kClusterAction = 1 << 9;
constexpr std::int32_t kDescribeConfigs = 1 << 10;
constexpr std::int32_t kAlterConfigs = 1 << 11;
constexpr std::int32_t kIdempotentWrite = 1 << 12;
}  // namespace acl_operation

constexpr auto kOperationsNotAsked = std::numeric_limits<std::int32_t>::min();

constexpr std::int32_t authorized_on_cluster(bool asked) {
  using namespace acl_operation;
  return asked ? kCreate | kAlter | kDescribe | kClusterAction | kDescribeConfigs | kAlterConfigs |
                     kIdempotentWrite
               : kOperationsNotAsked;
}

constexpr std::int32_t authorized_on_topic(bool asked) {
  using namespace acl_operation;
  return asked ? kRead | kWrite | kCreate | kDelete | kAlter | kDescribe | kDescribeConfigs |
                     kAlterConfigs
               : kOperationsNotAsked;
}

constexpr std::int32_t authorized_on_group(bool asked) {
  using namespace acl_operation;
  return asked ? kRead | kDelete | kDescribe : kOperationsNotAsked;
}

}  // namespace barnabas::broker::api
