#include "tools/console/deserializers.h"

#include <fmt/format.h>

#include <bit>
#include <cctype>
#include <cstdint>

#include "protocol/records/bytes.h"
#include "tools/java_number.h"

namespace barnabas::tools {
namespace {

constexpr std::string_view kPackage = "org.apache.kafka.common.serialization.";

using Text = std::expected<std::string, std::string>;

std::unexpected<std::string> fault(std::string_view sentence) {
  return std::unexpected(
      fmt::format("org.apache.kafka.common.errors.SerializationException: {}", sentence));
}

template <class Int>
Int load(std::string_view bytes) {
  return records::load_be<Int>(records::as_bytes(bytes).data());
}

template <class Int>
Deserializer integer(std::string_view name) {
  return [name](std::string_view bytes) -> Text {
    if (bytes.size() != sizeof(Int)) {
      return fault(fmt::format("Size of data received by {} is not {}", name, sizeof(Int)));
    }
    return std::to_string(load<Int>(bytes));
  };
}

Text as_double(std::string_view bytes) {
  if (bytes.size() != sizeof(double)) {
    return fault("Size of data received by Deserializer is not 8");
  }
  return java_text(std::bit_cast<double>(load<std::uint64_t>(bytes)));
}

Text as_float(std::string_view bytes) {
  if (bytes.size() != sizeof(float)) return fault("Size of data received by Deserializer is not 4");
  return java_text(std::bit_cast<float>(load<std::uint32_t>(bytes)));
}

Text as_boolean(std::string_view bytes) {
  if (bytes.size() != 1) return fault("Size of data received by BooleanDeserializer is not 1");
  if (bytes[0] != 0 && bytes[0] != 1) {
    return fault(fmt::format("Unexpected byte received by BooleanDeserializer: {}", int{bytes[0]}));
  }
  return bytes[0] == 1 ? "true" : "false";
}

// What is printable in ASCII as it is, all else in hex.
Text as_bytes_object(std::string_view bytes) {
  std::string text;
  for (const unsigned char c : bytes) {
    if (c >= ' ' && c <= '~' && c != '\\') {
      text += static_cast<char>(c);
    } else {
      text += fmt::format("\\x{:02X}", c);
    }
  }
  return text;
}

Text as_byte_buffer(std::string_view bytes) {
  return fmt::format("java.nio.HeapByteBuffer[pos=0 lim={} cap={}]", bytes.size(), bytes.size());
}

Text as_void(std::string_view) {
  return std::unexpected(
      "java.lang.IllegalArgumentException: Data should be null for a VoidDeserializer.");
}

Text as_uuid(std::string_view bytes) {
  std::string text(bytes);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool good = dash ? text[i] == '-' : std::isxdigit(static_cast<unsigned char>(text[i]));
    if (!good) return fault("Error parsing data into UUID");
    text[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
  }
  if (text.size() != 36) return fault("Error parsing data into UUID");
  return text;
}

Text plain(std::string_view bytes) { return std::string(bytes); }

}  // namespace

Deserializer deserializer(std::string_view class_name) {
  auto name = class_name;
  if (name.starts_with(kPackage)) name.remove_prefix(kPackage.size());
  if (name == "LongDeserializer") return integer<std::int64_t>("LongDeserializer");
  if (name == "IntegerDeserializer") return integer<std::int32_t>("IntegerDeserializer");
  if (name == "ShortDeserializer") return integer<std::int16_t>("ShortDeserializer");
  if (name == "DoubleDeserializer") return as_double;
  if (name == "FloatDeserializer") return as_float;
  if (name == "BooleanDeserializer") return as_boolean;
  if (name == "UUIDDeserializer") return as_uuid;
  if (name == "BytesDeserializer") return as_bytes_object;
  if (name == "ByteBufferDeserializer") return as_byte_buffer;
  if (name == "VoidDeserializer") return as_void;
  return plain;
}

}  // namespace barnabas::tools
