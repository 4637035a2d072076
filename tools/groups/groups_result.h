// How kafka-consumer-groups fails, in the words of the Java tool.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "tools/admin_client.h"
#include "tools/java_errors.h"

namespace barnabas::tools {

// What a call to the brokers ended with: a Java exception, as its toString() has it.
struct Thrown {
  std::string text;
  ErrorCode code = ErrorCode::kNone;
};
inline Thrown thrown(ErrorCode code, const std::optional<std::string>& told = std::nullopt) {
  return {exception_text(code, told), code};
}
inline Thrown thrown(const AdminError& error) { return thrown(error.code, error.text); }

template <class T>
using Called = std::expected<T, Thrown>;

// Why a command line was not carried out.
struct GroupsFailure {
  std::string text;
  bool usage = false;  // the options' table follows, and the exit code is 1; otherwise it is 0
};
template <class T = void>
using GroupsResult = std::expected<T, GroupsFailure>;

inline std::unexpected<GroupsFailure> fails(std::string text) {
  return std::unexpected(GroupsFailure{std::move(text), false});
}

inline std::unexpected<GroupsFailure> wrong_usage(std::string text) {
  return std::unexpected(GroupsFailure{std::move(text), true});
}

// Most calls' exceptions come wrapped; those of describing groups as they are.
inline std::string wrapped(const Thrown& thrown) {
  return "java.util.concurrent.ExecutionException: " + thrown.text;
}

}  // namespace barnabas::tools
