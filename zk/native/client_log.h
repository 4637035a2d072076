// The C client's own log lines, taken to ours.
#pragma once

#include <string_view>

#include "env/log.h"

namespace barnabas::zk::native {

// "2024-05-06 07:08:09,123:77(0x7f..):ZOO_WARN@handle_error@2080: text" -> WARN, "handle_error@2080: text".
struct ClientLogLine {
  env::LogLevel level;
  std::string_view text;
};
ClientLogLine parse_client_log(std::string_view line);

void log_from_client(const char* message);  // a log_callback_fn
// The C client formats only what our log would print; call before opening a session.
void follow_log_level();

}  // namespace barnabas::zk::native
