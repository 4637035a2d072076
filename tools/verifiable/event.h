// The lines of JSON that the verifiable tools print: {"timestamp":...,"name":"...",...}.
//
// Kafka       tools/VerifiableProducer, VerifiableConsumer. Differs: fields have one order.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

#include "env/clock.h"
#include "tools/client/consumer.h"
#include "tools/client/record.h"
#include "tools/console.h"

namespace barnabas::tools {

class EventLog {
 public:
  EventLog(const env::Clock& clock, Console console) : clock_(clock), console_(console) {}
  void write(std::string_view name, boost::json::object fields = {}) const;

 private:
  const env::Clock& clock_;
  Console console_;
};

boost::json::value json_of(const Field& field);
// [{"topic":"t","partition":0}]
boost::json::array json_of(const std::vector<PartitionOffset>& partitions);

}  // namespace barnabas::tools
