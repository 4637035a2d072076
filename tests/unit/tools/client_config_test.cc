#include "tools/client/client_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tools/client/producer.h"
#include "tools/java_number.h"

namespace barnabas::tools {
namespace {

using ::testing::ElementsAre;

const std::string kConfigException = "org.apache.kafka.common.config.ConfigException: ";

std::string refused(ClientKind kind, const Properties& given) {
  const auto made = native_config(kind, given);
  EXPECT_FALSE(made.has_value());
  return made ? "" : made.error();
}
std::string refused(const Properties& given) { return refused(ClientKind::kProducer, given); }

std::map<std::string, std::string> settings(ClientKind kind, const Properties& given) {
  const auto made = native_config(kind, given);
  if (!made) ADD_FAILURE() << made.error();
  return {made->settings.begin(), made->settings.end()};
}

TEST(ClientConfig, BadValuesAreRefusedInKafkasWords) {
  const std::string invalid = kConfigException + "Invalid value ";
  EXPECT_EQ(refused({{"acks", "7"}}),
            invalid + "7 for configuration acks: String must be one of: all, -1, 0, 1");
  EXPECT_EQ(refused({{"linger.ms", "x"}}),
            invalid + "x for configuration linger.ms: Not a number of type LONG");
  EXPECT_EQ(refused({{"linger.ms", "-1"}}),
            invalid + "-1 for configuration linger.ms: Value must be at least 0");
  EXPECT_EQ(refused({{"batch.size", "3000000000"}}),
            invalid + "3000000000 for configuration batch.size: Not a number of type INT");
  EXPECT_EQ(refused({{"enable.idempotence", "maybe"}}),
            invalid +
                "maybe for configuration enable.idempotence: Expected value to be either "
                "true or false");
  EXPECT_EQ(refused({{"security.protocol", "foo"}}),
            invalid +
                "foo for configuration security.protocol: String must be one of (case "
                "insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT");
  EXPECT_EQ(refused(ClientKind::kConsumer, {{"auto.offset.reset", "foo"}}),
            invalid +
                "foo for configuration auto.offset.reset: String must be one of: latest, "
                "earliest, none");
}

TEST(ClientConfig, IdempotenceIsOnUnlessSomethingSpeaksAgainstIt) {
  const auto idempotent = [](const Properties& given) {
    return settings(ClientKind::kProducer, given)["enable.idempotence"];
  };
  EXPECT_EQ(idempotent({}), "true");
  EXPECT_EQ(idempotent({{"acks", "1"}}), "false");
  EXPECT_EQ(idempotent({{"retries", "0"}}), "false");
  EXPECT_EQ(idempotent({{"enable.idempotence", "FALSE"}}), "false");
  EXPECT_EQ(refused({{"enable.idempotence", "true"}, {"acks", "1"}}),
            kConfigException +
                "Must set acks to all in order to use the idempotent producer. "
                "Otherwise we cannot guarantee idempotence.");
}

TEST(ClientConfig, ADeadlineNobodyAskedForIsLengthened) {
  EXPECT_EQ(settings(ClientKind::kProducer, {{"linger.ms", "200000"}})["delivery.timeout.ms"],
            "230000");
  EXPECT_THAT(refused({{"delivery.timeout.ms", "1"}}),
              ::testing::HasSubstr("delivery.timeout.ms should be equal to or larger than"));
}

TEST(ClientConfig, NamesAndUnitsAreLibrdkafkas) {
  auto producer = settings(ClientKind::kProducer, {{"buffer.memory", "2097152"},
                                                   {"send.buffer.bytes", "-1"},
                                                   {"linger.ms", "99999999"},
                                                   {"delivery.timeout.ms", "2000000000"},
                                                   {"compression.type", "zstd"},
                                                   {"compression.zstd.level", "22"}});
  EXPECT_EQ(producer["queue.buffering.max.kbytes"], "2048");
  EXPECT_EQ(producer["socket.send.buffer.bytes"], "0");
  EXPECT_EQ(producer["linger.ms"], "900000");
  EXPECT_EQ(producer["compression.level"], "12");
  EXPECT_EQ(producer["partitioner"], "murmur2_random");
  auto consumer = settings(
      ClientKind::kConsumer,
      {{"fetch.max.wait.ms", "7"},
       {"auto.offset.reset", "none"},
       {"partition.assignment.strategy", "org.apache.kafka.clients.consumer.RoundRobinAssignor"}});
  EXPECT_EQ(consumer["fetch.wait.max.ms"], "7");
  EXPECT_EQ(consumer["auto.offset.reset"], "error");
  EXPECT_EQ(consumer["partition.assignment.strategy"], "roundrobin");
  EXPECT_EQ(consumer["isolation.level"], "read_uncommitted");
}

TEST(ClientConfig, AUserAndItsPasswordComeOutOfTheJaasText) {
  auto native = settings(ClientKind::kConsumer,
                         {{"security.protocol", "SASL_PLAINTEXT"},
                          {"sasl.mechanism", "PLAIN"},
                          {"sasl.jaas.config",
                           "org.apache.kafka.common.security.plain.PlainLoginModule required "
                           "username=\"alice\" password=\"s;cret\";"}});
  EXPECT_EQ(native["security.protocol"], "sasl_plaintext");
  EXPECT_EQ(native["sasl.username"], "alice");
  EXPECT_EQ(native["sasl.password"], "s;cret");
}

TEST(ClientConfig, KnownKeysWithoutEffectAreNamedAndUnknownOnesDropped) {
  const auto made = native_config(
      ClientKind::kProducer, {{"interceptor.classes", "x"}, {"foo", "bar"}, {"group.id", "g"}});
  EXPECT_THAT(made->without_effect, ElementsAre("interceptor.classes"));
  EXPECT_THAT(refused({{"ssl.truststore.location", "/a.jks"}}), ::testing::HasSubstr("reads PEM"));
}

TEST(ClientConfig, WordsAreKeysWithValues) {
  EXPECT_EQ(key_values({"a=b=c", "d", "=x", "a=e"}),
            (Properties{{"a", "e"}, {"d", ""}, {"", "x"}}));
}

TEST(Producer, ReckonsARecordsSizeAsKafkaDoes) {
  ClientRecord record;
  record.value = std::string(200, 'y');
  EXPECT_EQ(size_upper_bound(record), 286);
}

TEST(JavaNumber, IsShownAsInJava) {
  EXPECT_EQ(java_text(5.555555555555555), "5.555555555555555");
  EXPECT_EQ(java_text(3.0), "3.0");
  EXPECT_EQ(java_text(0.0), "0.0");
  EXPECT_EQ(java_text(1e7), "1.0E7");
  EXPECT_EQ(java_text(1.25e-5), "1.25E-5");
  EXPECT_EQ(java_text(0.1F), "0.1");
}

}  // namespace
}  // namespace barnabas::tools
