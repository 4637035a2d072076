// Records for readers older than magic 2 (Fetch v0-3), and who is refused for the codec.
//
// Owns        the converted bytes until the answer is encoded.
// Kafka       KafkaApis.maybeConvertFetchedData. Differs: nothing a client can see.
#pragma once

#include <deque>

#include "log/config.h"
#include "protocol/messages/fetch.h"
#include "protocol/records/batch.h"

namespace barnabas::broker::api {

class FetchConverter {
 public:
  static constexpr std::int16_t kRefusesNobody = 10;  // the first version that knows zstd
  explicit FetchConverter(std::int16_t version) : version_(version) {}
  // Of a partition with this config nothing can be given to this version; kNone: it can.
  ErrorCode refusal(const log::LogConfig& config, bool follower) const;
  // Replaces row.records where this version cannot carry them; else leaves the file slice alone.
  // False: there is no answer, the connection must be closed.
  [[nodiscard]] bool convert(protocol::FetchResponse::PartitionData& row,
                             const env::FileSlice& slice, Offset first_offset);

 private:
  std::int16_t version_;
  std::deque<records::Buffer> converted_;
};

}  // namespace barnabas::broker::api
