#include "env/posix/posix_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "env/posix/descriptor.h"
#include "env/posix/posix_file.h"

namespace barnabas::env {

namespace {

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead: return O_RDONLY | O_CLOEXEC;
    case OpenMode::kReadWrite: return O_RDWR | O_CLOEXEC;
    case OpenMode::kCreate: return O_RDWR | O_CREAT | O_CLOEXEC;
    case OpenMode::kCreateTruncate: return O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
  }
  return O_RDONLY;
}

IoResult<Descriptor> open_descriptor(const std::string& path, int flags) {
  while (true) {
    int fd = ::open(path.c_str(), flags, 0644);
    if (fd >= 0) return Descriptor(fd);
    if (errno != EINTR) return last_error();
  }
}

// readdir may not know an entry's kind; then the inode does.
bool is_directory(const std::string& directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN && entry.d_type != DT_LNK) return entry.d_type == DT_DIR;
  struct ::stat s{};
  return ::stat((directory + "/" + entry.d_name).c_str(), &s) == 0 && S_ISDIR(s.st_mode);
}

// Frees a large file's blocks piece by piece from its end. A failure is no matter: unlink frees the
// rest.
void shrink(const std::string& path, const struct ::stat& s) {
  std::uint64_t size = static_cast<std::uint64_t>(s.st_size);
  if (!S_ISREG(s.st_mode) || size <= PosixFiles::kBigFile || s.st_nlink != 1) return;
  if (is_open(Inode{s.st_dev, s.st_ino})) return;
  IoResult<Descriptor> file = open_descriptor(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (!file) return;
  while (size > PosixFiles::kTruncateStep) {
    size -= PosixFiles::kTruncateStep;
    if (::ftruncate(file->get(), static_cast<off_t>(size)) != 0) return;
  }
}

}  // namespace

IoResult<std::shared_ptr<File>> PosixFiles::open(const std::string& path, OpenMode mode) {
  IoResult<Descriptor> descriptor = open_descriptor(path, flags_of(mode));
  if (!descriptor) return std::unexpected(descriptor.error());
  return std::make_shared<PosixFile>(std::move(*descriptor));
}

IoResult<FileStat> PosixFiles::stat(const std::string& path) {
  struct ::stat s{};
  if (::stat(path.c_str(), &s) != 0) return last_error();
  FileStat result;
  result.size = static_cast<std::uint64_t>(s.st_size);
  result.modified_ms = s.st_mtim.tv_sec * 1000 + s.st_mtim.tv_nsec / 1000000;
  result.is_directory = S_ISDIR(s.st_mode);
  return result;
}

IoResult<std::vector<DirectoryEntry>> PosixFiles::list(const std::string& directory) {
  DIR* open = ::opendir(directory.c_str());
  if (open == nullptr) return last_error();
  std::vector<DirectoryEntry> entries;
  errno = 0;
  while (const dirent* entry = ::readdir(open)) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") {
      entries.push_back({std::string(name), is_directory(directory, *entry)});
    }
    errno = 0;
  }
  int error = errno;
  ::closedir(open);
  if (error != 0) return std::unexpected(std::error_code(error, std::generic_category()));
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  return entries;
}

IoResult<void> PosixFiles::make_directories(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0) return {};
  if (errno == ENOENT) {
    std::size_t slash = path.find_last_not_of('/');
    slash = slash == std::string::npos ? slash : path.rfind('/', slash);
    if (slash == std::string::npos || slash == 0) return last_error();
    IoResult<void> parent = make_directories(path.substr(0, slash));
    if (!parent) return parent;
    if (::mkdir(path.c_str(), 0755) == 0) return {};
  }
  if (errno != EEXIST) return last_error();
  IoResult<FileStat> there = stat(path);
  if (!there) return std::unexpected(there.error());
  if (!there->is_directory)
    return std::unexpected(std::make_error_code(std::errc::not_a_directory));
  return {};
}

IoResult<void> PosixFiles::rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return last_error();
  return {};
}

IoResult<void> PosixFiles::remove(const std::string& path) {
  struct ::stat s{};
  if (::lstat(path.c_str(), &s) == 0) {
    shrink(path, s);
    if ((S_ISDIR(s.st_mode) ? ::rmdir(path.c_str()) : ::unlink(path.c_str())) == 0) return {};
  }
  if (errno == ENOENT) return {};
  return last_error();
}

IoResult<void> PosixFiles::remove_all(const std::string& directory) {
  struct ::stat s{};
  if (::lstat(directory.c_str(), &s) != 0 || !S_ISDIR(s.st_mode)) return remove(directory);
  IoResult<std::vector<DirectoryEntry>> entries = list(directory);
  if (!entries) return std::unexpected(entries.error());
  for (const DirectoryEntry& entry : *entries) {
    IoResult<void> done = remove_all(directory + "/" + entry.name);  // a link goes, not its target
    if (!done) return done;
  }
  return remove(directory);
}

IoResult<DiskSpace> PosixFiles::space(const std::string& directory) {
  struct ::statvfs s{};
  if (::statvfs(directory.c_str(), &s) != 0) return last_error();
  return DiskSpace{.total = s.f_blocks * s.f_frsize, .usable = s.f_bavail * s.f_frsize};
}

IoResult<void> PosixFiles::sync_directory(const std::string& path) {
  IoResult<Descriptor> directory = open_descriptor(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!directory) return std::unexpected(directory.error());
  if (::fsync(directory->get()) != 0) return last_error();
  return {};
}

}  // namespace barnabas::env
