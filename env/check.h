// The assertion of the house: on in every build, for bugs of ours only, never for what a peer or a
// disk did.
#pragma once

namespace barnabas::env {

// Prints "file:line: check failed: what" to stderr and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* what);

}  // namespace barnabas::env

#define BB_CHECK(condition)           \
  ((condition) ? static_cast<void>(0) \
               : ::barnabas::env::check_failed(__FILE__, __LINE__, #condition))
