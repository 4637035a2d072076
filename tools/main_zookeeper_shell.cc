#include <iostream>
#include <string>
#include <vector>

#include "env/posix/posix_clock.h"
#include "env/posix/runtime.h"
#include "tools/cluster_access.h"
#include "tools/shell/zookeeper_shell.h"
#include "zk/native/connector.h"

int main(int argc, char** argv) {
  namespace env = barnabas::env;
  namespace tools = barnabas::tools;
  const std::vector<std::string> words(argv + 1, argv + argc);
  tools::log_to_stderr();
  env::PosixClock clock;
  barnabas::zk::native::NativeConnector connector;
  env::Runtime runtime(1);
  runtime.start();
  const int code = tools::run_zookeeper_shell(
      words, std::cin, {connector, clock, runtime.executor(0)},
      [&runtime](env::Task<void> task) { runtime.block_on(std::move(task)); },
      {std::cout, std::cerr});
  runtime.stop();
  return code;
}
