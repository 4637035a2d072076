// SIGINT and SIGTERM for tools that run until they are told to stop: they end what they do, close
// their client and leave with the code of a process that the signal killed, as Java does.
#pragma once

#include <optional>

namespace barnabas::tools {

// From here on both signals are only noted, and make a blocking read end. A broken pipe is an error
// of the write.
void note_interruptions();
// 130 or 143 once the process was told to stop.
std::optional<int> interrupted();

}  // namespace barnabas::tools
