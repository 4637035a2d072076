#include "env/sim/sim_files.h"

namespace barnabas::env::sim {

IoResult<SimFiles::Place> SimFiles::place(const std::string& path) const {
  std::size_t start = path.find_first_not_of('/');
  std::size_t end = start == std::string::npos ? start : path.find('/', start);
  auto volume =
      start == std::string::npos ? volumes_.end() : volumes_.find(path.substr(start, end - start));
  if (volume == volumes_.end()) {
    return std::unexpected(std::make_error_code(std::errc::no_such_file_or_directory));
  }
  return Place{volume->second, end == std::string::npos ? "" : path.substr(end + 1)};
}

IoResult<std::shared_ptr<File>> SimFiles::open(const std::string& path, OpenMode mode) {
  IoResult<Place> p = place(path);
  if (!p) return std::unexpected(p.error());
  return p->volume->open(p->path, mode);
}

IoResult<FileStat> SimFiles::stat(const std::string& path) {
  IoResult<Place> p = place(path);
  if (!p) return std::unexpected(p.error());
  return p->volume->stat(p->path);
}

IoResult<std::vector<DirectoryEntry>> SimFiles::list(const std::string& directory) {
  IoResult<Place> p = place(directory);
  if (!p) return std::unexpected(p.error());
  return p->volume->list(p->path);
}

IoResult<void> SimFiles::make_directories(const std::string& path) {
  IoResult<Place> p = place(path);
  if (!p) return std::unexpected(p.error());
  return p->volume->make_directories(p->path);
}

IoResult<void> SimFiles::rename(const std::string& from, const std::string& to) {
  IoResult<Place> source = place(from);
  IoResult<Place> target = place(to);
  if (!source) return std::unexpected(source.error());
  if (!target) return std::unexpected(target.error());
  if (source->volume != target->volume) {
    return std::unexpected(std::make_error_code(std::errc::cross_device_link));
  }
  return source->volume->rename(source->path, target->path);
}

IoResult<void> SimFiles::remove(const std::string& path) {
  IoResult<Place> p = place(path);
  if (!p) return std::unexpected(p.error());
  return p->volume->remove(p->path);
}

IoResult<void> SimFiles::remove_all(const std::string& directory) {
  IoResult<Place> p = place(directory);
  if (!p) return std::unexpected(p.error());
  return p->volume->remove_all(p->path);
}

IoResult<void> SimFiles::sync_directory(const std::string& path) {
  IoResult<Place> p = place(path);
  if (!p) return std::unexpected(p.error());
  return p->volume->sync_directory(p->path);
}

IoResult<DiskSpace> SimFiles::space(const std::string& directory) {
  IoResult<Place> p = place(directory);
  if (!p) return std::unexpected(p.error());
  return p->volume->space(p->path);
}

IoResult<std::unique_ptr<FileLock>> SimFiles::lock(const std::string& path) {
  IoResult<Place> p = place(path);
  if (!p) return std::unexpected(p.error());
  return p->volume->lock(p->path);
}

}  // namespace barnabas::env::sim
