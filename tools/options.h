// A tool's command line, as Kafka's tools take it: `--name value`, `--name=value`, one dash or two.
//
// Owns        the descriptions; parse() may be called many times.
// Does not    check what values mean, or print on its own.
// Kafka       joptsimple with CommandLineUtils. Differs: an unambiguous beginning of a name is
//             taken for the name
//             (`--partition`, as older Kafkas and the documents written for them have it); words
//             that belong to
//             no option are dropped, as there.
#pragma once

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/console.h"

namespace barnabas::tools {

class Arguments {
 public:
  bool has(std::string_view name) const { return values_.contains(name); }
  bool empty() const { return values_.empty(); }
  // The value of an option that may stand once; nothing where it does not stand.
  std::optional<std::string> text(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  // "Cannot parse argument 'abc' of option partitions"
  std::expected<std::optional<int>, std::string> number(std::string_view name) const;
  std::expected<std::optional<std::int64_t>, std::string> wide_number(std::string_view name) const;

 private:
  friend class Options;
  friend class ArgumentParser;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;  // a flag has no values
};

class Options {
 public:
  explicit Options(std::string purpose) : purpose_(std::move(purpose)) {}  // one sentence

  Options& flag(std::string name, std::string help);
  Options& value(std::string name, std::string argument, std::string help);
  Options& values(std::string name, std::string argument, std::string help);  // may stand again
  // The value may be left out; has() is true without one.
  Options& optional_value(std::string name, std::string argument, std::string help);
  Options& help_and_version();  // the two flags that every tool has
  // Another spelling of an option; it does not show in the table.
  Options& alias(std::string name, std::string of);

  // The error is the sentence to print: "foo is not a recognized option".
  std::expected<Arguments, std::string> parse(std::span<const std::string> words) const;
  std::string table() const;
  const std::string& purpose() const { return purpose_; }

 private:
  enum class Kind { kFlag, kValue, kValues, kOptionalValue };
  struct Option {
    std::string name;
    Kind kind;
    std::string argument;
    std::string help;
    std::string alias_of = {};
  };
  const Option& find(std::string_view name) const;
  // The error is a sentence, as of parse().
  std::expected<void, std::string> take(const Option& option, std::vector<std::string> given,
                                        Arguments* arguments) const;

  std::string purpose_;
  std::vector<Option> options_;
};

// The answers every tool has: --help (and, if `needs_something`, an empty command line) prints the
// table and fails,
// --version succeeds. Nothing: go on.
std::optional<int> answer_common(const Options& options, const Arguments& arguments,
                                 bool needs_something, Console console);
// The beginning of most tools: parse, the common answers, the options that must be there. The error
// is the exit code, and everything has been said.
std::expected<Arguments, int> begin_tool(const Options& options, std::span<const std::string> words,
                                         std::initializer_list<std::string_view> required,
                                         Console console);
// The name of the file `option` names, if there is no such file.
std::optional<std::string> missing_file(const Arguments& arguments, std::string_view option);

// A sentence on standard error; the exit code.
int fail(std::string_view sentence, Console console);
// A sentence and the table on standard error; the exit code.
int usage_error(const Options& options, std::string_view sentence, Console console);

inline constexpr std::string_view kVersion = "3.9.1";

}  // namespace barnabas::tools
