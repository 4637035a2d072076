// Small whole-file writes of a partition's directory, with or without waiting for the disk.
#pragma once

#include <string>
#include <string_view>

#include "env/files.h"

namespace barnabas::log {

// Writes `<path>.tmp` and renames it, so that no crash of the process leaves half a file. Not
// synced: after a power cut the file may be old or empty.
env::IoResult<void> replace_unsynced(env::Files& files, const std::string& path,
                                     std::string_view content);
// Writes in place, not synced; for files that carry a CRC.
env::IoResult<void> write_unsynced(env::Files& files, const std::string& path, env::Bytes content);
// Makes a directory and those above it, each with its name synced: a power cut would otherwise take
// it with all that was flushed in it.
env::IoResult<void> make_durable_directories(env::Files& files, const std::string& path);
env::IoResult<void> sync_file(env::Files& files,
                              const std::string& path);  // a missing file is no error

}  // namespace barnabas::log
