#include "tools/groups/consumer_groups.h"

#include "tools/admin_config.h"
#include "tools/groups/groups_command.h"
#include "tools/groups/groups_options.h"
#include "tools/groups/offsets_reset.h"

namespace barnabas::tools {
namespace {

constexpr std::int64_t kTimeoutMs = 5000;

env::Task<GroupsResult<>> carry_out(AdminClient* client, const Arguments* arguments,
                                    env::Duration timeout, Console console) {
  GroupsCluster cluster(*client, timeout);
  GroupsCommand command(*arguments, cluster, console);
  OffsetsReset reset(*arguments, cluster, client->clock(), console);
  GroupsResult<> done;
  if (arguments->has("list")) {
    done = co_await command.list();
  } else if (arguments->has("describe")) {
    done = co_await command.describe();
  } else if (arguments->has("delete")) {
    done = co_await command.remove();
  } else if (arguments->has("delete-offsets")) {
    done = co_await command.delete_offsets();
  } else {
    done = co_await reset.run();
  }
  co_return done;
}

// As Kafka's: only what is wrong with the command line is a failure.
int report(const GroupsResult<>& done, const Options& options, Console console) {
  if (done) return kOk;
  if (done.error().usage) return usage_error(options, done.error().text, console);
  print_group_error("Executing consumer group command failed due to " + done.error().text, console);
  return kOk;
}

env::Task<int> run(AdminClient* client, const Arguments* arguments, env::Duration timeout,
                   const Options* options, Console console) {
  const auto done = co_await carry_out(client, arguments, timeout, console);
  co_return report(done, *options, console);
}

}  // namespace

int run_consumer_groups(std::span<const std::string> words, const OpenClient& open,
                        Console console) {
  const auto options = groups_options();
  const auto arguments = begin_tool(options, words, {"bootstrap-server"}, console);
  if (!arguments) return arguments.error();
  if (const auto rule = broken_groups_rule(*arguments, console)) {
    return usage_error(options, *rule, console);
  }
  if (const auto file = missing_file(*arguments, "command-config")) {
    return report(fails("java.nio.file.NoSuchFileException: " + *file), options, console);
  }
  const auto config = admin_config_of(*arguments, "command-config");
  if (!config) return report(fails(config.error()), options, console);
  const auto timeout = arguments->wide_number("timeout");
  if (!timeout) return report(fails(timeout.error()), options, console);
  const std::chrono::milliseconds patience(timeout->value_or(kTimeoutMs));
  const auto ran = open(*arguments->text("bootstrap-server"), [&](AdminClient* client) {
    client->obey(*config);
    return run(client, &*arguments, patience, &options, console);
  });
  return ran ? *ran : report(fails(ran.error()), options, console);
}

}  // namespace barnabas::tools
