// Records for readers older than magic 2 (Fetch v0-3).
//
// Owns        the converted bytes until the answer is encoded.
// Kafka       KafkaApis.maybeConvertFetchedData. Differs: nothing a client can see.
#pragma once

#include <deque>

#include "protocol/messages/fetch.h"
#include "protocol/records/batch.h"

namespace barnabas::broker::api {

class FetchConverter {
 public:
  explicit FetchConverter(std::int16_t version) : version_(version) {}
  // Replaces row.records where this version cannot carry them; else leaves the file slice alone.
  void convert(protocol::FetchResponse::PartitionData& row, const env::FileSlice& slice,
               Offset first_offset);

 private:
  std::int16_t version_;
  std::deque<records::Buffer> converted_;
};

}  // namespace barnabas::broker::api
