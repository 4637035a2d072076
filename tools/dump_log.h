// kafka-dump-log: what a segment, its indexes, or a snapshot of producers holds.
//
// Does not    write: a missing index is an empty one, not one to create. Reads while a broker runs.
// Kafka       tools/DumpLogSegments. Differs: an error is one sentence, not a stack of Java frames.
#pragma once

#include <span>
#include <string>

#include "env/files.h"
#include "tools/console.h"

namespace barnabas::tools {

int run_dump_log(std::span<const std::string> words, env::Files& files, Console console);

}  // namespace barnabas::tools
