#include "tools/client/interruption.h"

#include <csignal>

namespace barnabas::tools {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) { noted = signal; }

}  // namespace

void note_interruptions() {
  struct sigaction action = {};
  action.sa_handler = note;  // without SA_RESTART: a read returns
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

std::optional<int> interrupted() {
  const int signal = noted;
  return signal == 0 ? std::nullopt : std::optional(128 + signal);
}

}  // namespace barnabas::tools
