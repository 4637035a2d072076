#include "tools/java_log.h"

#include <fmt/format.h>

#include "env/posix/posix_clock.h"
#include "tools/local_time.h"

namespace barnabas::tools {

void JavaLog::write(std::string_view level, std::string_view text, std::string_view exception) {
  auto line =
      fmt::format("[{}] {} {} ({})\n", local_time(env::PosixClock().wall()), level, text, logger_);
  if (!exception.empty()) line += fmt::format("{}\n", exception);
  err_ << line << std::flush;
}

}  // namespace barnabas::tools
