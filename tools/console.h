// Where a tool writes; tests give it strings instead of the terminal.
#pragma once

#include <ostream>

namespace barnabas::tools {

struct Console {
  std::ostream& out;
  std::ostream& err;
};

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;

}  // namespace barnabas::tools
