#include "tools/java_order.h"

namespace barnabas::tools {
namespace {

constexpr std::uint32_t kPrime = 31;

}  // namespace

std::uint32_t java_hash(const TopicPartition& partition) {
  const auto index = static_cast<std::uint32_t>(partition.partition.value);
  return (kPrime + index) * kPrime + java_hash(partition.topic);
}

std::uint32_t java_bucket(std::uint32_t hash, std::size_t size, std::size_t buckets) {
  while (size * 4 > buckets * 3) buckets *= 2;  // it doubles when three quarters full
  return protocol::java_spread(hash) & static_cast<std::uint32_t>(buckets - 1);
}

}  // namespace barnabas::tools
