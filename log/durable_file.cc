#include "log/durable_file.h"

namespace barnabas::log {

env::IoResult<void> write_unsynced(env::Files& files, const std::string& path, env::Bytes content) {
  const auto file = files.open(path, env::OpenMode::kCreateTruncate);
  if (!file) return std::unexpected(file.error());
  return (*file)->write_at(0, {&content, 1});
}

env::IoResult<void> replace_unsynced(env::Files& files, const std::string& path,
                                     std::string_view content) {
  const std::string temporary = path + ".tmp";
  const auto done =
      write_unsynced(files, temporary, std::as_bytes(std::span(content.data(), content.size())));
  return done ? files.rename(temporary, path) : done;
}

env::IoResult<void> make_durable_directories(env::Files& files, const std::string& path) {
  if (path.empty()) return {};
  if (files.stat(path)) return files.make_directories(path);
  const auto slash = path.find_last_of('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash);
  if (auto done = make_durable_directories(files, parent); !done) return done;
  if (auto done = files.make_directories(path); !done) return done;
  return files.sync_directory(parent.empty() ? "/" : parent);
}

env::IoResult<void> sync_file(env::Files& files, const std::string& path) {
  const auto file = files.open(path, env::OpenMode::kReadWrite);
  if (!file && file.error() == std::errc::no_such_file_or_directory) return {};
  return file ? (*file)->sync() : std::unexpected(file.error());
}

}  // namespace barnabas::log
