#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/tools/fake_cluster.h"
#include "tools/argument_parser.h"
#include "tools/java_date.h"
#include "tools/perf/consumed.h"
#include "tools/perf/latencies.h"
#include "tools/perf/payloads.h"
#include "tools/perf/throttle.h"
#include "tools/verifiable/verifiable_producer.h"

namespace barnabas::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::StartsWith;
using Type = ArgumentParser::Type;

ArgumentParser example() {
  ArgumentParser parser("example", "An example.");
  parser.add({"topic", Type::kText, "TOPIC", "", true})
      .add({"number", Type::kLong, "N", ""})
      .add({"acks", Type::kInt, "ACKS", "", false, {"0", "1", "-1"}})
      .add({"props", Type::kTexts, "K=V", ""})
      .add({"here", Type::kFlag, "", "", false, {}, true})
      .add({"there", Type::kText, "T", "", false, {}, true});
  return parser;
}

struct Parsed {
  std::expected<Arguments, int> arguments;
  std::string out;
  std::string error;  // the last line
};

Parsed parse(std::string_view line) {
  std::expected<Arguments, int> arguments;
  const auto ran = run_tool(line, [&](const auto& words, Console console) {
    arguments = example().begin(words, console);
    return 0;
  });
  auto error = ran.err;
  if (!error.empty()) error.pop_back();
  return {std::move(arguments), ran.out, error.substr(error.rfind('\n') + 1)};
}

TEST(ArgumentParser, TakesWhatArgparseTakes) {
  const auto arguments = parse("--topic a --top b --num -1 --props a=b c=d --here").arguments;
  EXPECT_EQ(arguments->text("topic"), "b");  // the last wins
  EXPECT_EQ(arguments->wide_number("number").value(), -1);
  EXPECT_THAT(arguments->texts("props"), ::testing::ElementsAre("a=b", "c=d"));
  EXPECT_TRUE(arguments->has("here"));
}

TEST(ArgumentParser, SaysWhatIsWrongAsArgparseDoes) {
  EXPECT_EQ(parse("--here").error, "example: error: argument --topic is required");
  EXPECT_EQ(parse("--topic").error, "example: error: argument --topic: expected one argument");
  EXPECT_EQ(parse("--topic t").error,
            "example: error: one of the arguments --here --there is required");
  EXPECT_EQ(parse("--topic t --here --there x").error,
            "example: error: argument --there: not allowed with argument --here");
  EXPECT_EQ(parse("--number a").error,
            "example: error: argument --number: could not convert 'a' to Long (For input string: "
            "\"a\")");
  EXPECT_EQ(parse("--acks 9").error,
            "example: error: argument --acks: invalid choice: '9' (choose from {0,1,-1})");
  EXPECT_EQ(parse("--foo 1").error, "example: error: unrecognized arguments: '--foo'");
}

TEST(ArgumentParser, HelpsWithoutAWordAndIsNotCrossThen) {
  EXPECT_EQ(parse("").arguments.error(), 0);
  EXPECT_EQ(parse("--help").arguments.error(), 1);
  EXPECT_THAT(parse("").out, StartsWith("usage: example [-h] --topic TOPIC [--number N]"));
}

TEST(Throttle, WaitsUntilTheNextRecordIsDue) {
  const env::Instant begin{};
  const Throttle throttle(10, begin);
  EXPECT_EQ(throttle.wait_after(5, begin + milliseconds(100)), milliseconds(400));
  EXPECT_EQ(throttle.wait_after(5, begin + milliseconds(700)), env::Duration::zero());
  EXPECT_EQ(Throttle(-1, begin).wait_after(1'000'000, begin), env::Duration::zero());
}

TEST(Latencies, ALineIsDueEveryFiveSecondsAndCountsAnew) {
  const env::Instant begin{};
  Latencies latencies(3, begin);
  EXPECT_EQ(latencies.record(1048576, begin, begin + milliseconds(20)), std::nullopt);
  EXPECT_EQ(latencies.record(1048576, begin + milliseconds(4960), begin + seconds(5)),
            "2 records sent, 0.4 records/sec (0.40 MB/sec), 30.0 ms avg latency, 40.0 ms max "
            "latency.\n");
  EXPECT_EQ(latencies.record(0, begin + seconds(6), begin + milliseconds(6030)), std::nullopt);
  EXPECT_EQ(latencies.total(begin + seconds(10)),
            "3 records sent, 0.300000 records/sec (0.20 MB/sec), 30.00 ms avg latency, 40.00 ms "
            "max latency, 30 ms 50th, 40 ms 95th, 40 ms 99th, 40 ms 99.9th.\n");
}

TEST(Latencies, NothingSentIsNoDivisionByNothing) {
  EXPECT_THAT(Latencies(0, env::Instant{}).total(env::Instant{}),
              StartsWith("0 records sent, 0.0"));
}

TEST(Consumed, TheTimeOfJoiningIsNotThatOfFetching) {
  const Consumed first{0, 0, env::WallTime(1000)};
  const Consumed last{1048576, 200, env::WallTime(3000)};
  EXPECT_EQ(consumed_total(first, last, env::WallTime(1000), "SSS"),
            "000, 000, 1.0000, 0.5000, 200, 100.0000, 1000, 1000, 1.0000, 200.0000\n");
  EXPECT_EQ(consumed_progress(first, last, env::WallTime(2000), "SSS"),
            "000, 0, 1.0000, 0.5000, 200, 100.0000, 2000, 0, 0.0000, 0.0000\n");
}

TEST(JavaDate, KnowsTheLettersOfAPattern) {
  const auto shown = java_date("yyyy-MM-dd HH:mm:ss:SSS yy|S", env::WallTime(1'600'000'000'007));
  EXPECT_THAT(shown, StartsWith("2020-09-1"));
  EXPECT_THAT(shown, ::testing::EndsWith(":40:007 20|7"));
}

std::expected<Payloads, std::string> payloads(const std::string& words) {
  ArgumentParser parser("p", "");
  parser.add({"record-size", Type::kInt, "N", ""})
      .add({"payload-file", Type::kText, "F", ""})
      .add({"payload-monotonic", Type::kFlag, "", ""});
  std::ostringstream out;
  const Console console{out, out};
  return payloads_of(*parser.begin(words_of(words), console), console);
}

TEST(Payloads, AreLettersOrNumbersOrLinesOfAFile) {
  auto letters = *payloads("--record-size 5");
  const auto text = letters(0);
  EXPECT_EQ(text.size(), 5U);
  EXPECT_THAT(text, ::testing::Each(AllOf(Ge('A'), Le('Z'))));
  EXPECT_EQ((*payloads("--payload-monotonic"))(7), "7");
  auto lines = *payloads("--payload-file " + write_file("payloads", "a\na\n\n"));
  EXPECT_EQ(lines(0), "a");
  EXPECT_THAT(payloads("--payload-file /none").error(), HasSubstr("File does not exist or empty"));
}

// Time stands still; each record fails whose value is "1".
class Sink : public RecordSink {
 public:
  void send(ClientRecord record, Delivered done) override {
    if (record.value == "1") return done(std::unexpected("a.B: no"));
    done(Sent{PartitionIndex(0), Offset(5)});
  }
  void flush() override {}
  void serve(Milliseconds) override {}
};

class StillClock : public env::Clock {
 public:
  env::Instant now() const override { return {}; }
  env::WallTime wall() const override { return env::WallTime(9); }
  std::unique_ptr<env::Timer> after(env::Executor, env::Duration,
                                    std::move_only_function<void()>) override {
    return nullptr;
  }
};

TEST(VerifiableProducer, SaysOfEachRecordWhatBecameOfIt) {
  const StillClock clock;
  Properties properties;
  const VerifiableWorld world{[&](const Properties& given, JavaLog*) {
                                properties = given;
                                return std::make_unique<Sink>();
                              },
                              clock, [] { return false; }};
  const auto ran =
      run_tool("--broker-list h:1 --topic t --max-messages 2 --repeating-keys 1 --acks 1",
               [&](const auto& words, Console console) {
                 return run_verifiable_producer(words, world, console);
               });
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out,
            R"({"timestamp":9,"name":"startup_complete"})"
            "\n"
            R"({"timestamp":9,"name":"producer_send_success","key":"0","value":"0","offset":5,)"
            R"("topic":"t","partition":0})"
            "\n"
            R"({"timestamp":9,"name":"producer_send_error","key":"0","value":"1","message":"no",)"
            R"("exception":"class a.B","topic":"t"})"
            "\n"
            R"({"timestamp":9,"name":"shutdown_complete"})"
            "\n"
            R"({"timestamp":9,"name":"tool_data","sent":2,"acked":1,"target_throughput":-1,)"
            R"("avg_throughput":0.0})"
            "\n");
  EXPECT_EQ(properties["acks"], "1");
  EXPECT_EQ(properties["retries"], "0");
}

}  // namespace
}  // namespace barnabas::tools
