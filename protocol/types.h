// The small types of Kafka's protocol: an offset is not an epoch, and neither is a number.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace barnabas {

// An integer with a name. Explicit both ways; ordered; hashable; + and - with plain distances.
template <class Tag, class Rep>
struct Named {
  using rep = Rep;
  Rep value{};

  constexpr Named() = default;
  constexpr explicit Named(Rep v) : value(v) {}
  constexpr explicit operator Rep() const { return value; }
  friend constexpr auto operator<=>(Named, Named) = default;
  friend constexpr Named operator+(Named a, Rep n) { return Named(static_cast<Rep>(a.value + n)); }
  friend constexpr Named operator-(Named a, Rep n) { return Named(static_cast<Rep>(a.value - n)); }
  friend constexpr Rep operator-(Named a, Named b) { return static_cast<Rep>(a.value - b.value); }
  constexpr Named& operator++() {
    ++value;
    return *this;
  }
};

using Offset = Named<struct OffsetTag, std::int64_t>;  // of a record in a partition; -1 unknown
using LeaderEpoch = Named<struct LeaderEpochTag, std::int32_t>;  // -1 unknown, -2 during delete
using BrokerId = Named<struct BrokerIdTag, std::int32_t>;        // -1 none
using BrokerEpoch = Named<struct BrokerEpochTag, std::int64_t>;  // czxid of /brokers/ids/N; -1 any
using ControllerEpoch = Named<struct ControllerEpochTag, std::int32_t>;
using PartitionEpoch =
    Named<struct PartitionEpochTag, std::int32_t>;  // dataVersion of the state znode
using PartitionIndex = Named<struct PartitionIndexTag, std::int32_t>;
using ProducerId = Named<struct ProducerIdTag, std::int64_t>;        // -1 none
using ProducerEpoch = Named<struct ProducerEpochTag, std::int16_t>;  // -1 none
using Sequence = Named<struct SequenceTag, std::int32_t>;            // 0..INT_MAX, wraps; -1 none
using Generation = Named<struct GenerationTag, std::int32_t>;
using Timestamp = Named<struct TimestampTag, std::int64_t>;    // ms since the epoch; -1 none
using Millis = Named<struct MillisTag, std::int32_t>;          // a duration on the wire
using LongMillis = Named<struct LongMillisTag, std::int64_t>;  // a duration on the wire, 64 bits

inline constexpr Offset kNoOffset{-1};
inline constexpr LeaderEpoch kNoLeaderEpoch{-1};
inline constexpr LeaderEpoch kEpochDuringDelete{-2};
inline constexpr BrokerId kNoBroker{-1};
inline constexpr ProducerId kNoProducerId{-1};
inline constexpr ProducerEpoch kNoProducerEpoch{-1};
inline constexpr Sequence kNoSequence{-1};
inline constexpr Timestamp kNoTimestamp{-1};

// 16 bytes, big-endian; as text 22 characters of URL-safe base64 without padding (Kafka's Uuid).
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  constexpr bool is_zero() const { return bytes == std::array<std::uint8_t, 16>{}; }
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
};
using TopicId = Uuid;

std::string to_string(const Uuid& id);
bool parse_uuid(std::string_view text, Uuid& out);  // false, and `out` unchanged, if malformed

struct TopicPartition {
  std::string topic;
  PartitionIndex partition;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};
std::string to_string(const TopicPartition& tp);  // "topic-3", as in directory names and log lines

}  // namespace barnabas

template <class Tag, class Rep>
struct std::hash<barnabas::Named<Tag, Rep>> {
  std::size_t operator()(barnabas::Named<Tag, Rep> v) const noexcept {
    return std::hash<Rep>{}(v.value);
  }
};
template <>
struct std::hash<barnabas::Uuid> {
  std::size_t operator()(const barnabas::Uuid& id) const noexcept;
};
template <>
struct std::hash<barnabas::TopicPartition> {
  std::size_t operator()(const barnabas::TopicPartition& tp) const noexcept {
    return std::hash<std::string>{}(tp.topic) * 31 + static_cast<std::size_t>(tp.partition.value);
  }
};
