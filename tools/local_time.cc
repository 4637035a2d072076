#include "tools/local_time.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace barnabas::tools {

std::string local_time(env::WallTime wall) {
  const auto seconds = static_cast<std::time_t>(wall.count() / 1000);
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:%Y-%m-%d %H:%M:%S},{:03}", local, wall.count() % 1000);
}

}  // namespace barnabas::tools
