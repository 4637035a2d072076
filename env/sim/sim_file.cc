#include "env/sim/sim_file.h"

#include <algorithm>
#include <utility>

namespace barnabas::env::sim {

SimFile::SimFile(Volume* volume, std::shared_ptr<Inode> inode, std::string path, bool writable)
    : volume_(volume),
      inode_(std::move(inode)),
      path_(std::move(path)),
      writable_(writable),
      generation_(volume->generation_) {}

std::error_code SimFile::refused(FileOp op) {
  if (dead()) return std::make_error_code(std::errc::bad_file_descriptor);
  bool writes = op == FileOp::kWrite || op == FileOp::kTruncate;
  if (writes && !writable_) return std::make_error_code(std::errc::bad_file_descriptor);
  return volume_->fault(op, path_);
}

IoResult<std::size_t> SimFile::read_at(std::uint64_t position, MutableBytes into) {
  if (std::error_code error = refused(FileOp::kRead)) return std::unexpected(error);
  return inode_->content.read(position, into);
}

IoResult<void> SimFile::write_at(std::uint64_t position, std::span<const Bytes> pieces) {
  bool was_dead = dead() || !writable_;
  std::error_code error = refused(FileOp::kWrite);
  if (was_dead) return std::unexpected(error);
  std::uint64_t end = position;
  for (Bytes piece : pieces) end += piece.size();
  if (!error && !volume_->fits(inode_->content, end)) {
    error = std::make_error_code(std::errc::no_space_on_device);
  }
  std::uint64_t left = end - position;
  if (error) left = volume_->random_.below(left);  // a part of it was written before the error
  for (Bytes piece : pieces) {
    Bytes part = piece.first(std::min<std::uint64_t>(left, piece.size()));
    if (!error || volume_->fits(inode_->content, position + part.size())) {
      inode_->content.write(position, part);
    }
    position += part.size();
    left -= part.size();
  }
  inode_->modified_ms = volume_->now_ms_();
  if (error) return std::unexpected(error);
  return {};
}

IoResult<std::uint64_t> SimFile::size() {
  if (dead()) return std::unexpected(std::make_error_code(std::errc::bad_file_descriptor));
  return inode_->content.size();
}

IoResult<void> SimFile::truncate(std::uint64_t size) {
  if (std::error_code error = refused(FileOp::kTruncate)) return std::unexpected(error);
  if (size != inode_->content.size()) inode_->modified_ms = volume_->now_ms_();
  inode_->content.truncate(size);
  return {};
}

IoResult<void> SimFile::sync() {
  if (dead()) return std::unexpected(std::make_error_code(std::errc::bad_file_descriptor));
  if (std::error_code error = refused(FileOp::kSync)) {
    inode_->content.forget_unsynced();
    return std::unexpected(error);
  }
  inode_->content.sync();
  return {};
}

// Whether anything of it survives a crash is a matter of chance, as without it.
IoResult<void> SimFile::write_behind(std::uint64_t, std::uint64_t) {
  if (std::error_code error = refused(FileOp::kWrite)) return std::unexpected(error);
  return {};
}

// Now and then a page is not there, so that the way through the disk threads is taken too.
bool SimFile::resident(std::uint64_t, std::uint64_t) { return !volume_->random_.chance(10); }

}  // namespace barnabas::env::sim
