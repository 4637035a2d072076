// The C client's own log lines, taken to ours.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "env/log.h"

namespace barnabas::zk::native {

// "2024-05-06 07:08:09,123:77(0x7f..):ZOO_WARN@handle_error@2080: text" -> WARN,
// "handle_error@2080: text".
struct ClientLogLine {
  env::LogLevel level;
  std::string_view text;
};
ClientLogLine parse_client_log(std::string_view line);

// While ZooKeeper is away the client says the same 40 times a second. Of lines from one place only
// the
// 1st, 2nd, 4th, 8th, ... pass, until a session is established again.
//
// Threading   any thread.
class RepeatFilter {
 public:
  // How often this has been said, if it is to be printed; 0 if not.
  std::size_t admit(std::string_view text);

 private:
  std::mutex mutex_;
  std::map<std::string, std::size_t, std::less<>> said_;  // by "function@line"
};

void log_from_client(const char* message);  // a log_callback_fn
// The C client formats only what our log would print; call before opening a session.
void follow_log_level();

}  // namespace barnabas::zk::native
