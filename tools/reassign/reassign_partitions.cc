#include "tools/reassign/reassign_partitions.h"

#include "tools/admin_config.h"
#include "tools/reassign/reassign_command.h"
#include "tools/reassign/reassign_options.h"

namespace barnabas::tools {
namespace {

// This tool's errors stand on standard output.
int failed(const ReassignFailure& failure, Console console) {
  console.out << (failure.foreseen ? "" : "Error: ") << failure.text << '\n';
  return kFailed;
}

env::Task<int> carry_out(AdminClient* client, const Arguments* arguments, ReassignLimits limits,
                         std::function<std::uint64_t()> random, Console console) {
  ReassignCommand command(*arguments, limits, *client, random, console);
  const auto done = co_await command.run();
  co_return done ? kOk : failed(done.error(), console);
}

}  // namespace

int run_reassign_partitions(std::span<const std::string> words, const OpenClient& open,
                            const std::function<std::uint64_t()>& random, Console console) {
  const auto options = reassign_options();
  const auto arguments = begin_tool(options, words, {}, console);
  if (!arguments) return arguments.error();
  if (const auto rule = broken_reassign_rule(*arguments)) {
    return usage_error(options, *rule, console);
  }
  const auto config = admin_config_of(*arguments, "command-config");
  if (!config) return failed({config.error()}, console);
  const auto limits = reassign_limits(*arguments);
  if (!limits) return failed(limits.error(), console);
  const auto ran = open(*arguments->text("bootstrap-server"), [&](AdminClient* client) {
    client->obey(*config);
    return carry_out(client, &*arguments, *limits, random, console);
  });
  return ran ? *ran : failed({ran.error()}, console);
}

}  // namespace barnabas::tools
