#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <sstream>

#include "tests/unit/tools/run_tool.h"
#include "tools/console/console_consumer.h"
#include "tools/console/console_producer.h"
#include "tools/console/line_reader.h"

namespace barnabas::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

std::expected<ClientRecord, std::string> read(const Properties& properties, std::string line) {
  auto reader = LineReader::make("t", properties);
  if (!reader) return std::unexpected(reader.error());
  return reader->parse(line);
}

const std::string kKafkaException = "org.apache.kafka.common.KafkaException: ";

TEST(LineReader, ALineIsAValue) {
  const auto record = read({}, "a\tb");
  EXPECT_EQ(record->topic, "t");
  EXPECT_EQ(record->key, std::nullopt);
  EXPECT_EQ(record->value, "a\tb");
}

TEST(LineReader, KeyAndHeadersStandBeforeTheirSeparators) {
  const auto record =
      read({{"parse.key", "true"}, {"parse.headers", "TRUE"}}, "h1:x,h2:y:z,\tk\tv\tw");
  EXPECT_THAT(record->headers, ElementsAre(Pair("h1", "x"), Pair("h2", "y:z")));
  EXPECT_EQ(record->key, "k");
  EXPECT_EQ(record->value, "v\tw");
}

TEST(LineReader, TheMarkerStandsForNullAnywhereButInAHeadersName) {
  const Properties properties{
      {"parse.key", "true"}, {"parse.headers", "true"}, {"null.marker", "N"}};
  const auto record = read(properties, "a:N\tN\tN");
  EXPECT_THAT(record->headers, ElementsAre(Pair("a", std::nullopt)));
  EXPECT_EQ(record->key, std::nullopt);
  EXPECT_EQ(record->value, std::nullopt);
  EXPECT_TRUE(read(properties, "N\tk\tv")->headers.empty());
  EXPECT_EQ(read(properties, "N:x\tk\tv").error(),
            kKafkaException +
                "Header keys should not be equal to the null marker 'N' as they can't be null");
}

TEST(LineReader, WhatIsMissingInALineIsSaidWithItsNumber) {
  auto reader = LineReader::make("t", {{"parse.key", "true"}, {"key.separator", ":"}});
  EXPECT_EQ(reader->parse("a:b")->value, "b");
  EXPECT_EQ(reader->parse("nosep").error(),
            kKafkaException + "No key separator found on line number 2: 'nosep'");
  EXPECT_EQ(read({{"parse.headers", "true"}}, "h1\tv").error(),
            kKafkaException + "No header key separator found in pair 'h1' on line number 1");
  EXPECT_EQ(read({{"parse.headers", "true"}}, "v").error(),
            kKafkaException + "No headers delimiter found on line number 1: 'v'");
}

TEST(LineReader, ErrorsCanBeIgnored) {
  const Properties properties{
      {"parse.key", "true"}, {"parse.headers", "true"}, {"ignore.error", "true"}};
  EXPECT_EQ(read(properties, "v")->value, "v");
  EXPECT_THAT(read(properties, "h\tk\tv")->headers, ElementsAre(Pair("h", std::nullopt)));
}

TEST(LineReader, SeparatorsDiffer) {
  EXPECT_EQ(read({{"headers.separator", ":"}}, "").error(),
            kKafkaException + "headers.separator and headers.key.separator may not be equal");
  EXPECT_EQ(read({{"null.marker", ","}}, "").error(),
            kKafkaException + "null.marker and headers.separator may not be equal");
}

TEST(LineReader, LinesEndAsInJava) {
  std::istringstream text("a\r\nb\rc\n\nd");
  std::vector<std::string> lines;
  while (const auto line = read_line(text)) lines.push_back(*line);
  EXPECT_THAT(lines, ElementsAre("a", "b", "c", "", "d"));
}

// Takes what is sent; the record "bad" fails.
class Sink : public RecordSink {
 public:
  explicit Sink(std::vector<std::string>* events) : events_(*events) {}
  void send(ClientRecord record, Delivered done) override {
    events_.push_back(record.value.value_or("null"));
    if (record.value == "bad") return done(std::unexpected("E: no"));
    done(Sent{});
  }
  void flush() override { events_.push_back("flush"); }
  void serve(Milliseconds) override {}

 private:
  std::vector<std::string>& events_;
};

class ConsoleProducer : public ::testing::Test {
 protected:
  Ran produce(std::string_view line, const std::string& text) {
    return run_tool(line, [&](std::span<const std::string> words, Console console) {
      std::istringstream in(text);
      const OpenSink open = [this](const Properties& properties, JavaLog*) {
        properties_ = properties;
        return std::make_unique<Sink>(&events_);
      };
      return run_console_producer(words, {in, by_hand_}, open, console);
    });
  }

  Properties properties_;
  std::vector<std::string> events_;
  bool by_hand_ = false;
};

TEST_F(ConsoleProducer, LinesAreSentAndWaitedForOnceAtTheEnd) {
  const auto ran = produce("--bootstrap-server h:1 --topic t", "one\ntwo");
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out + ran.err, "");
  EXPECT_THAT(events_, ElementsAre("one", "two", "flush"));
}

TEST_F(ConsoleProducer, SyncWaitsForEachAndEndsWithTheFirstFailure) {
  const auto ran = produce("--bootstrap-server h:1 --topic t --sync", "one\nbad\ntwo\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "java.util.concurrent.ExecutionException: E: no\n");
  EXPECT_THAT(events_, ElementsAre("one", "flush", "bad", "flush", "flush"));
}

TEST_F(ConsoleProducer, AFailureIsLoggedAndDoesNotEndTheTool) {
  const auto ran = produce("--bootstrap-server h:1 --topic t", "bad\ntwo\n");
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("] ERROR Error when sending message to topic t with key: null, "
                                 "value: 3 bytes with error: (org.apache.kafka.clients.producer."
                                 "internals.ErrorLoggingCallback)\nE: no\n"));
  EXPECT_THAT(events_, ElementsAre("bad", "two", "flush"));
}

TEST_F(ConsoleProducer, ABadLineEndsTheToolAfterWhatWasSentBefore) {
  const auto ran =
      produce("--bootstrap-server h:1 --topic t --property parse.key=true", "k\tv\nw\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("No key separator found on line number 2: 'w'"));
  EXPECT_THAT(events_, ElementsAre("v", "flush"));
}

TEST_F(ConsoleProducer, AHandGetsAPrompt) {
  by_hand_ = true;
  EXPECT_EQ(produce("--bootstrap-server h:1 --topic t", "one\n").out, ">>");
}

TEST_F(ConsoleProducer, OptionsArePropertiesAndStandAboveThem) {
  produce(
      "--broker-list h:1 --topic t --compression-codec --timeout 5 --max-block-ms 7 "
      "--producer-property linger.ms=9 --producer-property retries=8 "
      "--producer-property client.id=me",
      "");
  EXPECT_EQ(properties_["bootstrap.servers"], "h:1");
  EXPECT_EQ(properties_["compression.type"], "gzip");
  EXPECT_EQ(properties_["linger.ms"], "5");
  EXPECT_EQ(properties_["retries"], "8");
  EXPECT_EQ(properties_["client.id"], "me");
  EXPECT_EQ(properties_["max.block.ms"], "7");
  EXPECT_EQ(properties_["acks"], "-1");
  produce("--bootstrap-server h:1 --compression-codec lz4 --topic t", "");
  EXPECT_EQ(properties_["compression.type"], "lz4");
}

TEST_F(ConsoleProducer, WhatIsMissingIsSaidWithTheTable) {
  EXPECT_THAT(produce("", "").err, StartsWith("Missing required option(s) [bootstrap-server]\n"));
  EXPECT_THAT(produce("--bootstrap-server h:1", "").err,
              StartsWith("Missing required argument \"[topic]\"\nOption "));
  EXPECT_THAT(produce("--boot-server h:1", "").err,
              StartsWith("boot-server is not a recognized option\n"));
  EXPECT_THAT(produce("--bootstrap-server h --topic t", "").err,
              StartsWith("Please provide valid host:port like host1:9091,host2:9092\n \n"));
  EXPECT_EQ(produce("--bootstrap-server h:1 --topic t --line-reader no.such", "").err,
            "java.lang.ClassNotFoundException: no.such\n");
  EXPECT_EQ(produce("--bootstrap-server h:1 --topic t --producer.config /none", "").err,
            "java.nio.file.NoSuchFileException: /none\n");
}

// Gives what it holds, then nothing; time passes when somebody waits for nothing.
class Source : public RecordSource {
 public:
  Source(std::deque<Polled>* records, env::Instant* now) : records_(*records), now_(*now) {}
  Polled poll(Milliseconds wait) override {
    if (records_.empty()) {
      now_ += wait;
      return NothingYet{};
    }
    auto first = std::move(records_.front());
    records_.pop_front();
    return first;
  }

 private:
  std::deque<Polled>& records_;
  env::Instant& now_;
};

ClientRecord record(std::string value, Field key = std::nullopt) {
  ClientRecord made;
  made.topic = "t";
  made.partition = PartitionIndex(3);
  made.offset = Offset(7);
  made.timestamp = Timestamp(1000);
  made.key = std::move(key);
  made.value = std::move(value);
  return made;
}

class ConsoleConsumer : public ::testing::Test {
 protected:
  Ran consume(const std::string& line) {
    return run_tool("--bootstrap-server h:1 " + line, [this](std::span<const std::string> words,
                                                             Console console) {
      const ConsumerWorld world{
          [this](const ConsumeOrder& order,
                 JavaLog*) -> std::expected<std::unique_ptr<RecordSource>, std::string> {
            order_ = order;
            if (!refusal_.empty()) return std::unexpected(refusal_);
            return std::make_unique<Source>(&records_, &now_);
          },
          [this] { return now_; }, [] { return 4711; }, [this] { return interrupted_; }};
      return run_console_consumer(words, world, console);
    });
  }
  std::string refused(const std::string& line) {
    const auto ran = consume(line);
    EXPECT_EQ(ran.code, 1);
    return ran.err.substr(0, ran.err.find('\n'));
  }

  std::deque<Polled> records_;
  env::Instant now_{};
  bool interrupted_ = false;
  std::string refusal_;
  ConsumeOrder order_;
};

TEST_F(ConsoleConsumer, RecordsArePrintedUntilThereAreEnough) {
  records_ = {record("one"), NothingYet{}, record("two"), record("three")};
  const auto ran = consume("--topic t --from-beginning --max-messages 2");
  EXPECT_EQ(ran.out, "one\ntwo\n");
  EXPECT_EQ(ran.err, "Processed a total of 2 messages\n");
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(records_.size(), 1U);
}

TEST_F(ConsoleConsumer, ASilenceEndsItAndIsNoFailure) {
  records_ = {record("one")};
  const auto ran = consume("--topic t --timeout-ms 250");
  EXPECT_EQ(now_, env::Instant{} + Milliseconds(250));
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, EndsWith("ERROR Error processing message, terminating consumer process:  "
                                "(org.apache.kafka.tools.consumer.ConsoleConsumer)\n"
                                "org.apache.kafka.common.errors.TimeoutException\n"
                                "Processed a total of 1 messages\n"));
}

TEST_F(ConsoleConsumer, AnInterruptionEndsItWithTheCount) {
  interrupted_ = true;
  EXPECT_EQ(consume("--topic t --enable-systest-events").err, "Processed a total of 0 messages\n");
}

TEST_F(ConsoleConsumer, WhatCannotBePrintedEndsItUnlessItIsSkipped) {
  const std::string line =
      "--topic t --max-messages 2 --value-deserializer "
      "org.apache.kafka.common.serialization.LongDeserializer";
  records_ = {record("x"), record(std::string("\0\0\0\0\0\0\1\0", 8))};
  auto ran = consume(line);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, StartsWith("Processed a total of 1 messages\n"));
  EXPECT_THAT(ran.err, EndsWith("Size of data received by LongDeserializer is not 8\n"));
  records_.push_front(record("x"));
  ran = consume(line + " --skip-message-on-error");
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "256\n");
}

TEST_F(ConsoleConsumer, ARefusedConfigurationIsAnUnknownError) {
  refusal_ = "E: no";
  const auto ran = consume("--topic t");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, EndsWith("ERROR Unknown error when running consumer:  (org.apache.kafka."
                                "tools.consumer.ConsoleConsumer)\nE: no\n"));
}

TEST_F(ConsoleConsumer, ColumnsStandInKafkasOrder) {
  auto full = record("v", "k");
  full.headers = {{"a", "1"}, {"b", std::nullopt}};
  records_ = {full, record("w")};
  const auto ran = consume(
      "--topic t --max-messages 2 --property print.timestamp=true --property print.partition=true "
      "--property print.offset=true --property print.headers=true --property print.key=true "
      "--property null.literal=<nil> --property key.separator=| --property headers.separator=;");
  EXPECT_EQ(ran.out,
            "CreateTime:1000|Partition:3|Offset:7|a:1;b:<nil>|k|v\n"
            "CreateTime:1000|Partition:3|Offset:7|NO_HEADERS|<nil>|w\n");
}

TEST_F(ConsoleConsumer, WithoutAGroupItIsInOneThatKeepsNoOffsets) {
  interrupted_ = true;
  consume("--topic t");
  EXPECT_EQ(order_.consumer["group.id"], "console-consumer-4711");
  EXPECT_EQ(order_.consumer["enable.auto.commit"], "false");
  EXPECT_EQ(order_.consumer["auto.offset.reset"], "latest");
  consume("--topic t --group g --from-beginning");
  EXPECT_EQ(order_.consumer["group.id"], "g");
  EXPECT_FALSE(order_.consumer.contains("enable.auto.commit"));
  EXPECT_EQ(order_.consumer["auto.offset.reset"], "earliest");
}

TEST_F(ConsoleConsumer, APartitionBeginsWhereItIsTold) {
  interrupted_ = true;
  consume("--topic t --partition 1 --offset 5");
  EXPECT_EQ(order_.partition, PartitionIndex(1));
  EXPECT_EQ(order_.offset, Offset(5));
  consume("--topic t --partition 1");
  EXPECT_EQ(order_.offset, kLatest);
  consume("--topic t --partition 1 --from-beginning");
  EXPECT_EQ(order_.offset, kEarliest);
  consume("--include t.* --whitelist x");
  EXPECT_EQ(order_.pattern, "t.*");
}

TEST_F(ConsoleConsumer, WhatDoesNotGoTogetherIsRefused) {
  EXPECT_EQ(refused(""), "Exactly one of --include/--topic is required. ");
  EXPECT_EQ(refused("--topic t --include x"), "Exactly one of --include/--topic is required. ");
  EXPECT_EQ(refused("--topic t --offset 3"), "The partition is required when offset is specified.");
  EXPECT_EQ(refused("--include t --partition 3"),
            "The topic is required when partition is specified.");
  EXPECT_EQ(refused("--topic t --partition 0 --group g"),
            "Options group and partition cannot be specified together.");
  EXPECT_EQ(refused("--topic t --partition 0 --offset -5"),
            "The provided offset value '-5' is incorrect. Valid values are 'earliest', 'latest', "
            "or a non-negative long.");
  EXPECT_THAT(refused("--topic t --group a --consumer-property group.id=b"),
              EndsWith("do not match. Detected group ids: 'a', 'b'"));
  EXPECT_EQ(refused("--topic t --from-beginning --consumer-property auto.offset.reset=latest"),
            "Can't simultaneously specify --from-beginning and 'auto.offset.reset=latest', please "
            "remove one option");
  EXPECT_EQ(refused("--topic t --formatter no.such"), "no.such");
  EXPECT_EQ(refused("--zookeeper z"), "zookeeper is not a recognized option");
}

}  // namespace
}  // namespace barnabas::tools
