// Records on their way to and from brokers, and the two ends of that way as the tools see them.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/types.h"

namespace barnabas::tools {

using Milliseconds = std::chrono::milliseconds;
using Field = std::optional<std::string>;  // nothing: null

struct ClientRecord {
  std::string topic;
  PartitionIndex partition{-1};  // -1 on the way out: as the partitioner chooses
  Offset offset{-1};
  Timestamp timestamp{-1};  // -1 on the way out: the time of sending
  bool log_append_time = false;
  Field key;
  Field value;
  std::vector<std::pair<std::string, Field>> headers;
};

// What became of a sent record; the error is the text of Java's exception, its class first.
struct Sent {
  PartitionIndex partition{-1};
  Offset offset{-1};
};
using Delivery = std::expected<Sent, std::string>;
using Delivered = std::move_only_function<void(const Delivery&)>;

// Threading   one thread; `done` is called from within send() and flush().
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // Waits while the buffer is full.
  virtual void send(ClientRecord record, Delivered done) = 0;
  // Returns when each record sent has been delivered or has failed.
  virtual void flush() = 0;
  // Lets what was sent be answered, for at most this long.
  virtual void serve(Milliseconds wait) = 0;
};

struct NothingYet {};
struct Failure {  // reading cannot go on
  std::string exception;
};
using Polled = std::variant<NothingYet, ClientRecord, Failure>;

class RecordSource {
 public:
  virtual ~RecordSource() = default;
  // Waits for a record at most this long.
  virtual Polled poll(Milliseconds wait) = 0;
};

}  // namespace barnabas::tools
