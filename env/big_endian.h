// Big-endian integers in byte buffers: Kafka's and ZooKeeper's order, on the wire and on disk.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace barnabas::env {

template <std::integral T>
T load_be(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return std::byteswap(value);
}

template <std::integral T>
void store_be(std::byte* to, T value) {
  value = std::byteswap(value);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace barnabas::env
