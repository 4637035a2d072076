#include "env/posix/posix_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/env/temp_dir.h"

namespace barnabas::env {
namespace {

using testing::ElementsAre;

class PosixFilesTest : public testing::Test {
 protected:
  std::shared_ptr<File> open(const std::string& name, OpenMode mode = OpenMode::kCreate) {
    IoResult<std::shared_ptr<File>> file = files_.open(dir_ / name, mode);
    EXPECT_TRUE(file.has_value()) << file.error().message();
    return *file;
  }

  static IoResult<void> try_write(File& file, std::uint64_t position, std::string_view text) {
    Bytes bytes = std::as_bytes(std::span(text));
    return file.write_at(position, std::span(&bytes, 1));
  }

  static void write(File& file, std::uint64_t position, std::string_view text) {
    EXPECT_TRUE(try_write(file, position, text).has_value());
  }

  std::string content(const std::string& name) {
    IoResult<std::string> read = read_file(files_, dir_ / name);
    EXPECT_TRUE(read.has_value()) << read.error().message();
    return *read;
  }

  TempDir dir_;
  PosixFiles files_;
};

TEST_F(PosixFilesTest, WritesPiecesOneAfterTheOtherAtAPosition) {
  std::shared_ptr<File> file = open("a");
  write(*file, 0, "0123456789");
  std::string_view first = "ab";
  std::string_view second = "cde";
  Bytes pieces[] = {std::as_bytes(std::span(first)), Bytes(), std::as_bytes(std::span(second))};
  ASSERT_TRUE(file->write_at(3, pieces).has_value());
  EXPECT_EQ(content("a"), "012abcde89");
  EXPECT_EQ(file->size(), 10u);
}

// The kernel takes IOV_MAX (1024) pieces a call.
TEST_F(PosixFilesTest, WritesMorePiecesThanOneCallTakes) {
  std::string text(5000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 26);
  std::vector<Bytes> pieces;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    pieces.push_back(std::as_bytes(std::span(text).subspan(i, 2)));
  }
  std::shared_ptr<File> file = open("many");
  ASSERT_TRUE(file->write_at(0, pieces).has_value());
  EXPECT_EQ(content("many"), text);
}

TEST_F(PosixFilesTest, ReadsLessOnlyAtTheEnd) {
  std::shared_ptr<File> file = open("a");
  write(*file, 0, "0123456789");
  std::byte buffer[8];
  EXPECT_EQ(file->read_at(0, buffer), 8u);
  EXPECT_EQ(file->read_at(6, buffer), 4u);
  EXPECT_EQ(static_cast<char>(buffer[0]), '6');
  EXPECT_EQ(file->read_at(100, buffer), 0u);
}

TEST_F(PosixFilesTest, OpenModesKeepOrDropOrRequireTheFile) {
  std::string none = dir_ / "none";
  std::errc missing = std::errc::no_such_file_or_directory;
  EXPECT_EQ(files_.open(none, OpenMode::kRead).error(), missing);
  EXPECT_EQ(files_.open(none, OpenMode::kReadWrite).error(), missing);
  write(*open("a"), 0, "kept");
  EXPECT_EQ(open("a", OpenMode::kCreate)->size(), 4u);
  EXPECT_EQ(open("a", OpenMode::kReadWrite)->size(), 4u);
  EXPECT_FALSE(try_write(*open("a", OpenMode::kRead), 0, "x").has_value());
  EXPECT_EQ(open("a", OpenMode::kCreateTruncate)->size(), 0u);
}

TEST_F(PosixFilesTest, AFullDeviceIsAnError) {
  IoResult<std::shared_ptr<File>> full = files_.open("/dev/full", OpenMode::kReadWrite);
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(try_write(**full, 0, "x").error(), std::errc::no_space_on_device);
}

TEST_F(PosixFilesTest, ReservingKeepsTheSize) {
  std::shared_ptr<File> file = open("a");
  write(*file, 0, "abc");
  file->reserve(1 << 20);
  EXPECT_EQ(file->size(), 3u);
  ASSERT_TRUE(file->truncate(1).has_value());
  EXPECT_EQ(content("a"), "a");
}

// Its time says when records were last written (retention, ListOffsets v0).
TEST_F(PosixFilesTest, GivingBackWhatWasReservedIsNoModification) {
  auto file = open("f");
  write(*file, 0, "abc");
  file->reserve(1 << 20);
  const timespec long_ago[] = {{.tv_sec = 1'000'000'000}, {.tv_sec = 1'000'000'000}};
  ASSERT_EQ(::futimens(file->descriptor(), long_ago), 0);
  const auto modified = [&] { return files_.stat(dir_ / "f")->modified_ms; };
  ASSERT_TRUE(file->truncate(3).has_value());
  EXPECT_EQ(modified(), 1'000'000'000'000);
  ASSERT_TRUE(file->truncate(2).has_value());
  EXPECT_GT(modified(), 1'000'000'000'000);
}

TEST_F(PosixFilesTest, WhatWasJustWrittenIsResident) {
  std::shared_ptr<File> file = open("a");
  write(*file, 0, std::string(20000, 'x'));
  EXPECT_TRUE(file->resident(0, 20000));
  EXPECT_TRUE(file->resident(4095, 1));
  EXPECT_TRUE(file->resident(0, 0));
}

// Whether a read of the byte would wait, as far as the file system can tell.
bool would_wait(const File& file, std::uint64_t position) {
  std::byte byte{};
  iovec vector{&byte, 1};
  const auto at = static_cast<off_t>(position);
  return ::preadv2(file.descriptor(), &vector, 1, at, RWF_NOWAIT) < 0 && errno == EAGAIN;
}

TEST_F(PosixFilesTest, WhatWasEvictedFromTheMiddleIsNotResident) {
  constexpr std::uint64_t kSize = 4 << 20;
  constexpr std::uint64_t kFrom = 1 << 20;
  constexpr std::uint64_t kLength = 2 << 20;
  std::shared_ptr<File> file = open("a");
  write(*file, 0, std::string(kSize, 'x'));
  ASSERT_TRUE(file->sync().has_value());
  ASSERT_EQ(::posix_fadvise(file->descriptor(), kFrom, kLength, POSIX_FADV_DONTNEED), 0);
  // A file system in memory has kept it.
  const bool cold = would_wait(*file, kFrom + kLength / 2);
  EXPECT_EQ(file->resident(0, kSize), !cold);
  EXPECT_TRUE(file->resident(0, kFrom));
}

TEST_F(PosixFilesTest, WhatLiesBehindALeftRangeIsWrittenOutAndFreed) {
  constexpr std::uint64_t kSmall = 64 << 10;
  std::shared_ptr<File> other = open("b");
  write(*other, 0, std::string(kSmall, 'x'));
  ASSERT_TRUE(other->sync().has_value());
  ASSERT_EQ(::posix_fadvise(other->descriptor(), 0, kSmall, POSIX_FADV_DONTNEED), 0);
  const bool can_be_freed = would_wait(*other, 0);  // not in a file system in memory
  constexpr std::uint64_t kRange = 4 << 20;
  std::shared_ptr<File> file = open("a");
  const std::string first(kRange, 'x');
  const std::string second(kRange, 'y');
  write(*file, 0, first);
  ASSERT_TRUE(file->write_behind(0, kRange).has_value());
  EXPECT_FALSE(would_wait(*file, kRange / 2)) << "nothing lies behind the first";
  write(*file, kRange, second);
  ASSERT_TRUE(file->write_behind(kRange, kRange).has_value());
  EXPECT_EQ(would_wait(*file, kRange / 2), can_be_freed);
  EXPECT_TRUE(file->resident(kRange, kRange));
  EXPECT_EQ(content("a"), first + second);
}

// A pipe stands for what has nothing to write out.
TEST_F(PosixFilesTest, WhereNothingCanBeWrittenOutEarlyThatIsNoError) {
  ASSERT_EQ(::mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  std::shared_ptr<File> pipe = open("pipe", OpenMode::kReadWrite);
  EXPECT_TRUE(pipe->write_behind(1 << 20, 1 << 20).has_value());
}

TEST_F(PosixFilesTest, ListsByName) {
  open("b");
  open("a");
  ASSERT_TRUE(files_.make_directories(dir_ / "c/d/e").has_value());
  EXPECT_THAT(files_.list(dir_.path()).value(),
              ElementsAre(DirectoryEntry{"a", false}, DirectoryEntry{"b", false},
                          DirectoryEntry{"c", true}));
  EXPECT_EQ(files_.list(dir_ / "none").error(), std::errc::no_such_file_or_directory);
}

TEST_F(PosixFilesTest, MakingDirectoriesThatAreThereIsFine) {
  EXPECT_TRUE(files_.make_directories(dir_ / "x/y").has_value());
  EXPECT_TRUE(files_.make_directories(dir_ / "x/y/").has_value());
  open("file");
  EXPECT_EQ(files_.make_directories(dir_ / "file").error(), std::errc::not_a_directory);
  EXPECT_TRUE(files_.stat(dir_ / "x/y")->is_directory);
}

TEST_F(PosixFilesTest, RenameReplaces) {
  write(*open("a"), 0, "new");
  write(*open("b"), 0, "old");
  ASSERT_TRUE(files_.rename(dir_ / "a", dir_ / "b").has_value());
  EXPECT_EQ(content("b"), "new");
  EXPECT_EQ(files_.stat(dir_ / "a").error(), std::errc::no_such_file_or_directory);
}

TEST_F(PosixFilesTest, RemovingWhatIsNotThereIsFine) {
  EXPECT_TRUE(files_.remove(dir_ / "none").has_value());
  EXPECT_TRUE(files_.remove_all(dir_ / "none").has_value());
}

TEST_F(PosixFilesTest, RemoveAllTakesATreeButNotWhatALinkPointsTo) {
  ASSERT_TRUE(files_.make_directories(dir_ / "tree/sub").has_value());
  ASSERT_TRUE(files_.make_directories(dir_ / "outside").has_value());
  open("tree/sub/file");
  open("outside/kept");
  ASSERT_EQ(::symlink((dir_ / "outside").c_str(), (dir_ / "tree/link").c_str()), 0);
  ASSERT_TRUE(files_.remove_all(dir_ / "tree").has_value());
  EXPECT_FALSE(files_.stat(dir_ / "tree").has_value());
  EXPECT_TRUE(files_.stat(dir_ / "outside/kept").has_value());
}

// A deleted segment that is still being sent must stay readable to its end.
TEST_F(PosixFilesTest, ABigFileThatIsOpenKeepsItsContentWhenRemoved) {
  std::shared_ptr<File> file = open("big");
  ASSERT_TRUE(file->truncate(PosixFiles::kBigFile + 1).has_value());
  write(*file, PosixFiles::kBigFile, "z");
  ASSERT_TRUE(files_.remove(dir_ / "big").has_value());
  std::byte last{};
  EXPECT_EQ(file->read_at(PosixFiles::kBigFile, std::span(&last, 1)), 1u);
  EXPECT_EQ(static_cast<char>(last), 'z');
}

// Seen through a descriptor that Files knows nothing of: the blocks go before the name does.
TEST_F(PosixFilesTest, ABigFileThatNobodyHoldsIsTruncatedBeforeItIsUnlinked) {
  ASSERT_TRUE(open("big")->truncate(PosixFiles::kBigFile * 2).has_value());
  int observer = ::open((dir_ / "big").c_str(), O_RDONLY);
  ASSERT_TRUE(files_.remove(dir_ / "big").has_value());
  struct ::stat s{};
  ASSERT_EQ(::fstat(observer, &s), 0);
  ::close(observer);
  EXPECT_LE(static_cast<std::uint64_t>(s.st_size), PosixFiles::kTruncateStep);
  EXPECT_EQ(s.st_nlink, 0u);
}

TEST_F(PosixFilesTest, ReplaceFileLeavesNoTemporary) {
  ASSERT_TRUE(replace_file(files_, dir_ / "checkpoint", "one").has_value());
  ASSERT_TRUE(replace_file(files_, dir_ / "checkpoint", "two").has_value());
  EXPECT_EQ(content("checkpoint"), "two");
  EXPECT_THAT(files_.list(dir_.path()).value(), ElementsAre(DirectoryEntry{"checkpoint", false}));
  EXPECT_EQ(read_file(files_, dir_ / "none").error(), std::errc::no_such_file_or_directory);
}

TEST_F(PosixFilesTest, SyncsFilesAndDirectories) {
  EXPECT_TRUE(open("a")->sync().has_value());
  EXPECT_TRUE(files_.sync_directory(dir_.path()).has_value());
  EXPECT_EQ(files_.sync_directory(dir_ / "none").error(), std::errc::no_such_file_or_directory);
}

// Two brokers configured with one log directory inside one process: the kernel alone would allow
// it.
TEST_F(PosixFilesTest, ALockIsRefusedTwiceInOneProcess) {
  IoResult<std::unique_ptr<FileLock>> first = files_.lock(dir_ / ".lock");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(files_.lock(dir_ / ".lock").error(), std::errc::resource_unavailable_try_again);
  first->reset();
  EXPECT_TRUE(files_.lock(dir_ / ".lock").has_value());
}

// What the refused attempt opened must not have dropped the lock, as closing any descriptor does.
TEST_F(PosixFilesTest, ALockKeepsOtherProcessesOutAlsoAfterARefusedAttempt) {
  IoResult<std::unique_ptr<FileLock>> held = files_.lock(dir_ / ".lock");
  ASSERT_TRUE(held.has_value());
  EXPECT_FALSE(files_.lock(dir_ / ".lock").has_value());
  pid_t child = ::fork();
  if (child == 0) {
    struct ::flock whole{};
    whole.l_type = F_WRLCK;
    int fd = ::open((dir_ / ".lock").c_str(), O_RDWR);
    ::_exit(::fcntl(fd, F_SETLK, &whole) == 0 ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace barnabas::env
