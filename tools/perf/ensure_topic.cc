#include "tools/perf/ensure_topic.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/options.h"
#include "tools/topic_service.h"

namespace barnabas::tools {
namespace {

env::Task<int> ensure(TopicService* service, std::string topic, Console console) {
  const auto topics = co_await service->list();
  if (!topics) co_return fail(topics.error().text, console);
  if (std::ranges::count(*topics, topic, &TopicName::name) > 0) co_return kOk;
  console.out << fmt::format(
      "Topic \"{}\" does not exist. Will create topic with 1 partition(s) and replication factor = "
      "1\n",
      topic);
  NewTopic wanted{topic, 1, std::int16_t{1}, {}, {}};
  const auto made = co_await service->create(std::move(wanted));
  co_return made ? kOk : fail(made.error().text, console);
}

}  // namespace

int ensure_topic(TopicServices& services, const std::string& bootstrap, const std::string& topic,
                 Console console) {
  const auto use = [&](TopicService* service) { return ensure(service, topic, console); };
  const auto ran = services.with_brokers(bootstrap, {}, use);
  return ran ? *ran : fail(ran.error(), console);
}

}  // namespace barnabas::tools
