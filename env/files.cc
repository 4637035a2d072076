#include "env/files.h"

namespace barnabas::env {

IoResult<std::string> read_file(Files& files, const std::string& path) {
  IoResult<std::shared_ptr<File>> file = files.open(path, OpenMode::kRead);
  if (!file) return std::unexpected(file.error());
  IoResult<std::uint64_t> size = (*file)->size();
  if (!size) return std::unexpected(size.error());
  std::string content(*size, '\0');
  IoResult<std::size_t> read = (*file)->read_at(0, std::as_writable_bytes(std::span(content)));
  if (!read) return std::unexpected(read.error());
  content.resize(*read);
  return content;
}

namespace {

IoResult<void> write_synced(Files& files, const std::string& path, std::string_view content) {
  IoResult<std::shared_ptr<File>> file = files.open(path, OpenMode::kCreateTruncate);
  if (!file) return std::unexpected(file.error());
  Bytes bytes = std::as_bytes(std::span(content));
  IoResult<void> written = (*file)->write_at(0, std::span(&bytes, 1));
  if (!written) return written;
  return (*file)->sync();
}

std::string parent_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

IoResult<void> replace_file(Files& files, const std::string& path, std::string_view content) {
  std::string temporary = path + ".tmp";
  IoResult<void> done = write_synced(files, temporary, content);
  if (!done) return done;
  done = files.rename(temporary, path);
  if (!done) return done;
  return files.sync_directory(parent_of(path));
}

}  // namespace barnabas::env
