// A tool's command line as those of Kafka's tools take it that stand on argparse4j: usage, then
// "PROGRAM: error: argument --topic is required".
//
// Owns        the descriptions; parse() may be called many times.
// Does not    wrap and justify its sentences, as argparse4j does.
// Kafka       tools/ProducerPerformance, VerifiableProducer, VerifiableConsumer.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/console.h"
#include "tools/options.h"

namespace barnabas::tools {

class ArgumentParser {
 public:
  enum class Type { kFlag, kText, kInt, kLong, kDouble, kTexts };
  struct Argument {
    std::string name;
    Type type = Type::kText;
    std::string metavar = {};
    std::string help = {};
    bool required = false;
    std::vector<std::string> choices = {};
    bool in_group = false;  // exactly one of the group must stand
  };

  ArgumentParser(std::string program, std::string purpose)
      : program_(std::move(program)), purpose_(std::move(purpose)) {}
  ArgumentParser& add(Argument argument) {
    arguments_.push_back(std::move(argument));
    return *this;
  }

  // What the tool does without a word, with --help and with wrong words is done; the error is the
  // exit code.
  std::expected<Arguments, int> begin(std::span<const std::string> words, Console console) const;
  // A sentence as an error of the command line; the exit code.
  int refuse(std::string_view sentence, Console console) const;

 private:
  using Fault = std::expected<void, std::string>;

  std::expected<Arguments, std::string> parse(std::span<const std::string> words) const;
  // The one that is named so, or whose name alone begins so.
  const Argument* find(std::string_view name) const;
  Fault take(const Argument& argument, std::vector<std::string> given, Arguments* taken) const;
  Fault check(const Arguments& taken) const;
  std::string usage() const;
  std::string help() const;

  std::string program_;
  std::string purpose_;
  std::vector<Argument> arguments_;
};

}  // namespace barnabas::tools
