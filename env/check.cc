#include "env/check.h"

#include <cstdio>
#include <cstdlib>

namespace barnabas::env {

void check_failed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, what);
  std::fflush(stderr);
  std::abort();
}

}  // namespace barnabas::env
