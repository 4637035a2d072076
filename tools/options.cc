#include "tools/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cassert>
#include <charconv>
#include <filesystem>

namespace barnabas::tools {
namespace {

namespace po = boost::program_options;

constexpr int kStyle =
    po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent |
    po::command_line_style::long_allow_next | po::command_line_style::allow_guessing |
    po::command_line_style::allow_long_disguise;

std::string without_dashes(std::string name) {
  name.erase(0, name.find_first_not_of('-'));
  return name.substr(0, name.find('='));
}

// The library's exceptions, in joptsimple's words.
std::string sentence(const po::error_with_option_name& error) {
  const auto name = without_dashes(error.get_option_name());
  const auto* syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&error);
  if (syntax == nullptr) return fmt::format("{} is not a recognized option", name);
  if (syntax->kind() == po::invalid_syntax::missing_parameter ||
      syntax->kind() == po::invalid_syntax::empty_adjacent_parameter) {
    return fmt::format("Option {} requires an argument", name);
  }
  return fmt::format("Option {} takes no argument", name);
}

template <class Int>
std::expected<std::optional<Int>, std::string> parse_number(const std::optional<std::string>& given,
                                                            std::string_view name) {
  if (!given) return std::nullopt;
  Int value = 0;
  const char* last = given->data() + given->size();
  const auto [end, error] = std::from_chars(given->data(), last, value);
  if (error == std::errc() && end == last) return value;
  return std::unexpected(fmt::format("Cannot parse argument '{}' of option {}", *given, name));
}

}  // namespace

std::optional<std::string> Arguments::text(std::string_view name) const {
  const auto it = values_.find(name);
  if (it == values_.end() || it->second.empty()) return std::nullopt;
  return it->second.front();
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::vector<std::string>{} : it->second;
}

std::expected<std::optional<int>, std::string> Arguments::number(std::string_view name) const {
  return parse_number<int>(text(name), name);
}

std::expected<std::optional<std::int64_t>, std::string> Arguments::wide_number(
    std::string_view name) const {
  return parse_number<std::int64_t>(text(name), name);
}

Options& Options::flag(std::string name, std::string help) {
  options_.push_back({std::move(name), Kind::kFlag, {}, std::move(help)});
  return *this;
}

Options& Options::help_and_version() {
  return flag("help", "Print this table.")
      .flag("version", "Print the version of Kafka this tool stands in for.");
}

Options& Options::value(std::string name, std::string argument, std::string help) {
  options_.push_back({std::move(name), Kind::kValue, std::move(argument), std::move(help)});
  return *this;
}

Options& Options::values(std::string name, std::string argument, std::string help) {
  options_.push_back({std::move(name), Kind::kValues, std::move(argument), std::move(help)});
  return *this;
}

Options& Options::optional_value(std::string name, std::string argument, std::string help) {
  options_.push_back({std::move(name), Kind::kOptionalValue, std::move(argument), std::move(help)});
  return *this;
}

Options& Options::alias(std::string name, std::string of) {
  const Option meant = find(of);
  options_.push_back({std::move(name), meant.kind, {}, {}, std::move(of)});
  return *this;
}

const Options::Option& Options::find(std::string_view name) const {
  const auto it = std::ranges::find(options_, name, &Option::name);
  assert(it != options_.end());
  return *it;
}

std::expected<Arguments, std::string> Options::parse(std::span<const std::string> words) const {
  po::options_description described;
  for (const auto& option : options_) {
    if (option.kind == Kind::kFlag) {
      described.add_options()(option.name.c_str(), "");
    } else if (option.kind == Kind::kOptionalValue) {
      described.add_options()(option.name.c_str(), po::value<std::string>()->implicit_value(""),
                              "");
    } else {
      described.add_options()(option.name.c_str(), po::value<std::string>(), "");
    }
  }
  const po::positional_options_description no_words;
  Arguments arguments;
  try {
    const std::vector<std::string> given(words.begin(), words.end());
    po::command_line_parser parser(given);
    const auto parsed = parser.options(described).style(kStyle).run();
    const Option* before = nullptr;  // may still take the next word
    for (const auto& found : parsed.options) {
      const bool word = found.position_key >= 0;
      const Option* option = word ? before : &find(found.string_key);
      before = nullptr;
      if (option == nullptr) continue;  // a word of no option
      if (auto taken = take(*option, found.value, &arguments); !taken) {
        return std::unexpected(taken.error());
      }
      if (option->kind == Kind::kOptionalValue && found.value.empty()) before = option;
    }
  } catch (const po::error_with_option_name& error) {
    return std::unexpected(sentence(error));
  } catch (const po::error& error) {
    return std::unexpected(std::string(error.what()));
  }
  return arguments;
}

std::expected<void, std::string> Options::take(const Option& option, std::vector<std::string> given,
                                               Arguments* arguments) const {
  const auto& name = option.alias_of.empty() ? option.name : option.alias_of;
  auto& values = arguments->values_[name];
  if (option.kind != Kind::kFlag && option.kind != Kind::kValues && !values.empty()) {
    return std::unexpected(
        fmt::format("Found multiple arguments for option {}, but you asked for only one", name));
  }
  values.insert(values.end(), given.begin(), given.end());
  return {};
}

std::string Options::table() const {
  std::string text =
      fmt::format("{:<40}{}\n{:<40}{}\n", "Option", "Description", "------", "-----------");
  std::vector<const Option*> sorted;
  for (const auto& option : options_) {
    if (option.alias_of.empty()) sorted.push_back(&option);
  }
  std::ranges::sort(sorted, {}, [](const Option* option) { return option->name; });
  for (const auto* option : sorted) {
    auto left = fmt::format("--{}", option->name);
    if (!option->argument.empty()) left += fmt::format(" <{}>", option->argument);
    text += left.size() < 40 ? fmt::format("{:<40}{}\n", left, option->help)
                             : fmt::format("{}\n{:<40}{}\n", left, "", option->help);
  }
  return text;
}

std::optional<int> answer_common(const Options& options, const Arguments& arguments,
                                 bool needs_something, Console console) {
  if (arguments.has("help") || (needs_something && arguments.empty())) {
    return usage_error(options, options.purpose(), console);
  }
  if (arguments.has("version")) {
    console.out << kVersion << '\n';
    return kOk;
  }
  return std::nullopt;
}

std::expected<Arguments, int> begin_tool(const Options& options, std::span<const std::string> words,
                                         std::initializer_list<std::string_view> required,
                                         Console console) {
  auto arguments = options.parse(words);
  if (!arguments) return std::unexpected(fail(arguments.error(), console));
  if (const auto answered = answer_common(options, *arguments, true, console)) {
    return std::unexpected(*answered);
  }
  for (const auto name : required) {
    if (arguments->has(name)) continue;
    const auto sentence = fmt::format("Missing required argument \"[{}]\"", name);
    return std::unexpected(usage_error(options, sentence, console));
  }
  return std::move(*arguments);
}

std::optional<std::string> missing_file(const Arguments& arguments, std::string_view option) {
  auto file = arguments.text(option);
  return file && !std::filesystem::exists(*file) ? file : std::nullopt;
}

int fail(std::string_view sentence, Console console) {
  console.err << sentence << '\n';
  return kFailed;
}

int usage_error(const Options& options, std::string_view sentence, Console console) {
  console.err << sentence << '\n' << options.table();
  return kFailed;
}

}  // namespace barnabas::tools
