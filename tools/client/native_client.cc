#include "tools/client/native_client.h"

#include <fmt/format.h>

#include <array>

#include "tools/java_errors.h"

namespace barnabas::tools {
namespace {

constexpr int kWarning = 4;  // syslog's levels

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, DestroyConf>;

void on_log(const rd_kafka_t* client, int level, const char*, const char* text) {
  if (level > kWarning) return;
  const auto* opaque = static_cast<Opaque*>(rd_kafka_opaque(client));
  opaque->log->warn(text);
}

// What it says is in the log already; records and answers carry their own errors.
void on_error(rd_kafka_t*, int, const char*, void*) {}

std::expected<void, std::string> set(rd_kafka_conf_t* conf, const std::string& name,
                                     const std::string& value) {
  std::array<char, 512> text{};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) ==
      RD_KAFKA_CONF_OK) {
    return {};
  }
  return std::unexpected(config_exception(text.data()));
}

}  // namespace

std::expected<NativeClient, std::string> open_client(ClientKind kind, const Properties& properties,
                                                     JavaLog* log, const NativeHooks& hooks) {
  const auto native = native_config(kind, properties);
  if (!native) return std::unexpected(native.error());
  for (const auto& key : native->without_effect) {
    log->warn(fmt::format("The configuration '{}' has no effect in this tool.", key));
  }
  Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : native->settings) {
    if (const auto done = set(conf.get(), name, value); !done) return std::unexpected(done.error());
  }
  for (const std::string name : {"log.connection.close", "log.thread.name"}) {
    if (const auto done = set(conf.get(), name, "false"); !done) {
      return std::unexpected(done.error());
    }
  }
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_opaque(conf.get(), hooks.opaque);
  if (hooks.prepare) hooks.prepare(conf.get());
  const auto type = kind == ClientKind::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  std::array<char, 512> text{};
  NativeClient client(rd_kafka_new(type, conf.get(), text.data(), text.size()));
  if (!client) return std::unexpected(config_exception(text.data()));
  conf.release();  // it is the client's now
  return client;
}

std::string exception_of(rd_kafka_resp_err_t error) {
  if (error > 0) return exception_text(static_cast<ErrorCode>(error));
  const std::string text = rd_kafka_err2str(error);
  switch (error) {
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT: return exception_text(ErrorCode::kRequestTimedOut, text);
    default: return "org.apache.kafka.common.KafkaException: " + text;
  }
}

}  // namespace barnabas::tools
