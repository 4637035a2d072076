// The lines that Kafka's tools write to standard error through their logger.
//
// Threading   any thread: a line is written whole.
// Kafka       config/tools-log4j.properties: "[%d] %p %m (%c)%n", from WARN on.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace barnabas::tools {

class JavaLog {
 public:
  JavaLog(std::ostream& err, std::string logger) : err_(err), logger_(std::move(logger)) {}

  // `exception`: what follows on the next lines, "org...TimeoutException: sentence".
  void warn(std::string_view text) { write("WARN", text, {}); }
  void error(std::string_view text, std::string_view exception = {}) {
    write("ERROR", text, exception);
  }

 private:
  void write(std::string_view level, std::string_view text, std::string_view exception);

  std::ostream& err_;
  std::string logger_;
};

}  // namespace barnabas::tools
