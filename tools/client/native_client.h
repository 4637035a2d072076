// A librdkafka client, opened with a configuration of Kafka's names.
//
// Owns        the handle; destroyed without waiting for what is unsent.
// Threading   one thread; log lines come from any.
#pragma once

#include <librdkafka/rdkafka.h>

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "tools/client/client_config.h"
#include "tools/java_log.h"

namespace barnabas::tools {

struct DestroyClient {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using NativeClient = std::unique_ptr<rd_kafka_t, DestroyClient>;

// What a client tells beside its answers; `opaque` is what librdkafka's callbacks are given.
struct NativeHooks {
  void* opaque = nullptr;
  std::function<void(rd_kafka_conf_t*)> prepare;  // sets further callbacks
};

// The error is the text of an exception. Every known key without effect is said in `log`; what
// librdkafka logs from warnings on goes there too.
std::expected<NativeClient, std::string> open_client(ClientKind kind, const Properties& properties,
                                                     JavaLog* log, const NativeHooks& hooks);

// Where librdkafka's callbacks find the log: the first member of what they are given.
struct Opaque {
  JavaLog* log = nullptr;
};

// "org.apache.kafka.common.errors.RecordTooLargeException: ..."
std::string exception_of(rd_kafka_resp_err_t error);

}  // namespace barnabas::tools
