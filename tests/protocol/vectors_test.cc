// Every message in every version, against bytes and values from Kafka's own classes (Vectors.java).
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "protocol/dumps/dump.h"
#include "protocol/messages/for_each.h"

namespace barnabas::protocol {
namespace {

struct Vector {
  std::string message;
  std::int16_t version = 0;
  std::vector<std::byte> bytes;
  boost::json::value json;
};

std::vector<std::byte> from_hex(const std::string& hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// Names are compared in lower case: Kafka splits isKRaftController in two ways itself.
boost::json::value lower_case_names(const boost::json::value& value) {
  if (const auto* array = value.if_array()) {
    boost::json::array out;
    for (const auto& one : *array) out.push_back(lower_case_names(one));
    return out;
  }
  const auto* object = value.if_object();
  if (!object) return value;
  boost::json::object out;
  for (const auto& [name, inner] : *object) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    out[lower] = lower_case_names(inner);
  }
  return out;
}

Vector parse(const std::string& line) {
  std::istringstream in(line);
  std::string message, version, hex, json;
  std::getline(in, message, '\t');
  std::getline(in, version, '\t');
  std::getline(in, hex, '\t');
  std::getline(in, json);
  return {message, static_cast<std::int16_t>(std::stoi(version)), from_hex(hex),
          lower_case_names(boost::json::parse(json))};
}

std::map<std::string, std::vector<Vector>> load() {
  std::map<std::string, std::vector<Vector>> all;
  std::ifstream in(VECTORS);
  for (std::string line; std::getline(in, line);) {
    auto vector = parse(line);
    all[vector.message].push_back(std::move(vector));
  }
  return all;
}

template <class Message>
void expect_same(Vector vector) {
  Reader in{env::MutableBytes(vector.bytes)};
  const auto message = Message::decode(in, vector.version);
  ASSERT_TRUE(message.has_value()) << to_string(message.error());
  EXPECT_EQ(in.remaining(), 0u);
  EXPECT_EQ(dump(*message, vector.version), vector.json);

  Writer out;
  message->encode(out, vector.version);
  const auto encoded = out.take();
  ASSERT_TRUE(encoded.has_value()) << to_string(encoded.error());
  EXPECT_EQ(encoded->bytes, vector.bytes);
}

// Each byte of a message is needed, so whatever is cut off must be missed, and nothing else may
// happen.
template <class Message>
void expect_cut_messages_refused(const Vector& vector) {
  for (std::size_t length = 0; length < vector.bytes.size(); ++length) {
    std::vector<std::byte> cut(vector.bytes.begin(),
                               vector.bytes.begin() + static_cast<std::ptrdiff_t>(length));
    Reader in{env::MutableBytes(cut)};
    EXPECT_FALSE(Message::decode(in, vector.version).has_value()) << "cut to " << length;
  }
}

TEST(VectorsTest, EveryMessageReadsAndWritesAsKafkaDoesInEveryVersion) {
  const auto vectors = load();
  for_each_message([&]<class Message>() {
    const auto found = vectors.find(std::string(Message::kName));
    ASSERT_NE(found, vectors.end()) << Message::kName;
    std::set<std::int16_t> versions;
    for (const auto& vector : found->second) {
      SCOPED_TRACE(vector.message + " v" + std::to_string(vector.version));
      expect_same<Message>(vector);
      versions.insert(vector.version);
    }
    EXPECT_EQ(versions.size(), std::size_t{Message::kMaxVersion - Message::kMinVersion + 1});
  });
}

TEST(VectorsTest, AMessageThatWasCutShortIsRefused) {
  const auto vectors = load();
  for_each_message([&]<class Message>() {
    for (const auto& vector : vectors.at(std::string(Message::kName))) {
      SCOPED_TRACE(vector.message + " v" + std::to_string(vector.version));
      expect_cut_messages_refused<Message>(vector);
    }
  });
}

}  // namespace
}  // namespace barnabas::protocol
