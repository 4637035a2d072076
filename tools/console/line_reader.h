// Lines of text taken apart into records: headers, key and value.
//
// Does not    read ahead: a line is read when the next record is asked for.
// Kafka       tools/LineMessageReader (--property parse.key, key.separator, parse.headers,
//             headers.delimiter, headers.separator, headers.key.separator, ignore.error,
//             null.marker).
#pragma once

#include <expected>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "log/java_properties.h"
#include "tools/client/record.h"

namespace barnabas::tools {

class LineReader {
 public:
  // The error is the text of an exception: separators that are the same.
  static std::expected<LineReader, std::string> make(std::string topic,
                                                     const log::Properties& properties);

  // Nothing at the end of the text; the error is the text of an exception. `prompt` is called
  // before a line is read.
  std::expected<std::optional<ClientRecord>, std::string> next(std::istream& in,
                                                               const std::function<void()>& prompt);
  std::expected<ClientRecord, std::string> parse(std::string_view line);

 private:
  LineReader() = default;

  using Part = std::expected<std::optional<std::string_view>, std::string>;
  // What stands before `separator`; takes both off the line.
  Part take(std::string_view* line, std::string_view whole, const std::string& separator,
            std::string_view name) const;
  std::expected<void, std::string> add_headers(std::string_view text, ClientRecord* record) const;
  std::expected<void, std::string> add_header(std::string_view pair, ClientRecord* record) const;
  Field unless_null(std::string_view text) const;

  std::string topic_;
  bool parses_key_ = false;
  bool parses_headers_ = false;
  bool ignores_errors_ = false;
  std::string key_separator_;
  std::string headers_delimiter_;
  std::string headers_separator_;
  std::string headers_key_separator_;
  std::optional<std::string> null_marker_;
  int line_number_ = 0;
};

// A line without its end, which is \n, \r or \r\n; nothing at the end of the text.
std::optional<std::string> read_line(std::istream& in);

}  // namespace barnabas::tools
