#include "tools/argument_parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace barnabas::tools {
namespace {

using Type = ArgumentParser::Type;

template <class Number>
bool is_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// The Java type a value cannot be converted to; empty: it can.
std::string_view wanted_type(Type type, std::string_view value) {
  switch (type) {
    case Type::kInt: return is_number<std::int32_t>(value) ? "" : "Integer";
    case Type::kLong: return is_number<std::int64_t>(value) ? "" : "Long";
    case Type::kDouble: return is_number<double>(value) ? "" : "Double";
    default: return "";
  }
}

// A word that begins with a dash is an option, unless it is a number.
bool is_option(std::string_view word) {
  return word.starts_with('-') && word.size() > 1 && !is_number<double>(word);
}

std::string shown(const ArgumentParser::Argument& argument) {
  if (argument.type == Type::kFlag) return "--" + argument.name;
  if (argument.type == Type::kTexts) {
    return fmt::format("--{} {} [{} ...]", argument.name, argument.metavar, argument.metavar);
  }
  return fmt::format("--{} {}", argument.name, argument.metavar);
}

}  // namespace

const ArgumentParser::Argument* ArgumentParser::find(std::string_view name) const {
  const Argument* found = nullptr;
  for (const auto& argument : arguments_) {
    if (argument.name == name) return &argument;
    if (!argument.name.starts_with(name)) continue;
    if (found != nullptr) return nullptr;
    found = &argument;
  }
  return found;
}

std::expected<Arguments, std::string> ArgumentParser::parse(
    std::span<const std::string> words) const {
  Arguments taken;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const auto equals = word.find('=');
    const auto* argument = word.starts_with("--") ? find(word.substr(2, equals - 2)) : nullptr;
    if (argument == nullptr) {
      return std::unexpected(fmt::format("unrecognized arguments: '{}'", word));
    }
    std::vector<std::string> given;
    if (equals != std::string_view::npos) given.emplace_back(word.substr(equals + 1));
    const bool more = argument->type != Type::kFlag && given.empty();
    const std::size_t most = argument->type == Type::kTexts ? words.size() : 1;
    while (more && given.size() < most && i + 1 < words.size() && !is_option(words[i + 1])) {
      given.push_back(words[++i]);
    }
    if (auto done = take(*argument, std::move(given), &taken); !done) {
      return std::unexpected(done.error());
    }
  }
  if (auto good = check(taken); !good) return std::unexpected(good.error());
  return taken;
}

ArgumentParser::Fault ArgumentParser::take(const Argument& argument, std::vector<std::string> given,
                                           Arguments* taken) const {
  const auto fault = [&argument](std::string_view what) {
    return std::unexpected(fmt::format("argument --{}: {}", argument.name, what));
  };
  if (argument.type != Type::kFlag && given.empty()) {
    return fault(argument.type == Type::kTexts ? "expected at least one argument"
                                               : "expected one argument");
  }
  for (const auto& other : arguments_) {
    if (argument.in_group && other.in_group && other.name != argument.name &&
        taken->has(other.name)) {
      return fault("not allowed with argument --" + other.name);
    }
  }
  for (const auto& value : given) {
    if (const auto type = wanted_type(argument.type, value); !type.empty()) {
      return fault(fmt::format("could not convert '{}' to {} (For input string: \"{}\")", value,
                               type, value));
    }
    if (!argument.choices.empty() &&
        std::ranges::find(argument.choices, value) == argument.choices.end()) {
      return fault(fmt::format("invalid choice: '{}' (choose from {{{}}})", value,
                               fmt::join(argument.choices, ",")));
    }
  }
  taken->values_[argument.name] = std::move(given);  // the last one wins
  return {};
}

ArgumentParser::Fault ArgumentParser::check(const Arguments& taken) const {
  std::vector<std::string> group;
  bool chosen = false;
  for (const auto& argument : arguments_) {
    const bool there = taken.has(argument.name);
    if (argument.required && !there) {
      return std::unexpected(fmt::format("argument --{} is required", argument.name));
    }
    if (argument.in_group) group.push_back("--" + argument.name);
    chosen = chosen || (argument.in_group && there);
  }
  if (group.empty() || chosen) return {};
  return std::unexpected(fmt::format("one of the arguments {} is required", fmt::join(group, " ")));
}

std::string ArgumentParser::usage() const {
  std::vector<std::string> alone{"[-h]"};
  std::vector<std::string> group;
  for (const auto& argument : arguments_) {
    const auto text = shown(argument);
    if (argument.in_group) {
      group.push_back(text);
    } else {
      alone.push_back(argument.required ? text : "[" + text + "]");
    }
  }
  if (!group.empty()) alone.push_back(fmt::format("({})", fmt::join(group, " | ")));
  return fmt::format("usage: {} {}\n", program_, fmt::join(alone, " "));
}

std::string ArgumentParser::help() const {
  auto text =
      fmt::format("{}\n{}\n\noptional arguments:\n  {:<22} show this help message and exit\n",
                  usage(), purpose_, "-h, --help");
  for (const auto& argument : arguments_) {
    text += fmt::format("  {:<22} {}\n", shown(argument), argument.help);
  }
  return text;
}

std::expected<Arguments, int> ArgumentParser::begin(std::span<const std::string> words,
                                                    Console console) const {
  const bool asked =
      std::ranges::any_of(words, [](const auto& word) { return word == "-h" || word == "--help"; });
  if (words.empty() || asked) {
    console.out << help();
    return std::unexpected(words.empty() ? kOk : kFailed);
  }
  auto arguments = parse(words);
  if (!arguments) return std::unexpected(refuse(arguments.error(), console));
  return std::move(*arguments);
}

int ArgumentParser::refuse(std::string_view sentence, Console console) const {
  console.err << usage() << program_ << ": error: " << sentence << '\n';
  return kFailed;
}

}  // namespace barnabas::tools
