// inter.broker.protocol.version: which request versions a cluster in the middle of an upgrade
// understands.
//
// Kafka       server-common MetadataVersion. Only what the controller and the znodes depend on.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace barnabas::controller {

// "3.9-IV0" is {3, 9, 0, 0}, "0.10.2-IV0" is {0, 10, 2, 0}; without "-IVn" the release's last one.
struct Ibp {
  static constexpr int kLastIv = 1000;
  int major = 3;
  int minor = 9;
  int patch = 0;
  int iv = 0;
  friend auto operator<=>(const Ibp&, const Ibp&) = default;

  bool topic_ids() const { return *this >= Ibp{2, 8, 0, 0}; }              // KIP-516
  bool feature_znode() const { return *this >= Ibp{2, 7, 0, 0}; }          // KIP-584
  bool feature_znode_v2() const { return *this >= Ibp{3, 3, 0, 0}; }       // KIP-778
  bool leader_recovery() const { return *this >= Ibp{3, 2, 0, 0}; }        // KIP-704
  bool alter_partition() const { return *this >= Ibp{2, 7, 0, 2}; }        // KIP-497
  bool allocate_producer_ids() const { return *this >= Ibp{3, 0, 0, 0}; }  // KIP-730

  bool truncation_on_fetch() const { return *this >= Ibp{2, 7, 0, 1}; }  // KIP-595

  std::int16_t leader_and_isr() const;
  std::int16_t update_metadata() const;
  std::int16_t stop_replica() const;
  std::int16_t controlled_shutdown() const;
  // A follower's.
  std::int16_t fetch() const;
  std::int16_t list_offsets() const;
  std::int16_t offset_for_leader_epoch() const;
};

inline constexpr Ibp kLatestIbp{3, 9, 0, 0};

std::optional<Ibp> parse_ibp(std::string_view text);  // nullopt if it is no version

}  // namespace barnabas::controller
