#include "env/sim/volume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace barnabas::env::sim {
namespace {

using testing::ElementsAre;

constexpr int kSeeds = 200;

// A volume in the test's own words; every step is expected to succeed.
struct Disk {
  explicit Disk(std::uint64_t seed) : volume(Prng(seed), [] { return 42; }) {}

  std::shared_ptr<File> open(const std::string& path, OpenMode mode = OpenMode::kCreate) {
    return volume.open(path, mode).value();
  }
  void write(const std::string& path, std::string_view text, bool sync = true) {
    std::shared_ptr<File> file = open(path);
    Bytes bytes = std::as_bytes(std::span(text));
    file->write_at(0, std::span(&bytes, 1)).value();
    if (sync) file->sync().value();
  }
  std::string content(const std::string& path) {
    IoResult<std::shared_ptr<File>> file = volume.open(path, OpenMode::kRead);
    if (!file) return "<none>";
    std::string text((*file)->size().value(), '?');
    (*file)->read_at(0, std::as_writable_bytes(std::span(text))).value();
    return text;
  }

  Volume volume;
};

// Every outcome that some seed gives after `before` and a power loss.
std::set<std::string> outcomes(std::function<void(Disk&)> before,
                               std::function<std::string(Disk&)> after) {
  std::set<std::string> seen;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Disk disk(seed);
    before(disk);
    disk.volume.power_lost();
    seen.insert(after(disk));
  }
  return seen;
}

TEST(VolumeTest, ANewFileIsDurableOnlyWithItsDirectory) {
  auto make = [](Disk& disk) { disk.write("a", "x"); };
  auto make_and_sync = [](Disk& disk) {
    disk.write("a", "x");
    disk.volume.sync_directory("").value();
  };
  auto look = [](Disk& disk) { return disk.content("a"); };
  EXPECT_THAT(outcomes(make, look), ElementsAre("<none>", "x"));
  EXPECT_THAT(outcomes(make_and_sync, look), ElementsAre("x"));
}

// What checkpoints stand on: either the old file or the new one, whole.
TEST(VolumeTest, RenamingOverAFileIsAtomic) {
  auto replace = [](Disk& disk) {
    disk.write("a", "old");
    disk.volume.sync_directory("").value();
    disk.write("a.tmp", "new");
    disk.volume.rename("a.tmp", "a").value();
  };
  auto look = [](Disk& disk) { return disk.content("a"); };
  EXPECT_THAT(outcomes(replace, look), ElementsAre("new", "old"));
}

// Forgetting to sync the file before renaming it is the bug this simulator is to find.
TEST(VolumeTest, RenamingAnUnsyncedFileMayLoseBothContents) {
  auto replace = [](Disk& disk) {
    disk.write("a", "old");
    disk.volume.sync_directory("").value();
    disk.write("a.tmp", "new", false);
    disk.volume.rename("a.tmp", "a").value();
    disk.volume.sync_directory("").value();
  };
  auto look = [](Disk& disk) { return disk.content("a"); };
  EXPECT_TRUE(outcomes(replace, look).contains(""));
}

TEST(VolumeTest, ARemovalMayBeUndoneUntilItsDirectoryIsSynced) {
  auto remove = [](Disk& disk) {
    disk.write("a", "x");
    disk.volume.sync_directory("").value();
    disk.volume.remove("a").value();
  };
  auto remove_and_sync = [remove](Disk& disk) {
    remove(disk);
    disk.volume.sync_directory("").value();
  };
  auto look = [](Disk& disk) { return disk.content("a"); };
  EXPECT_THAT(outcomes(remove, look), ElementsAre("<none>", "x"));
  EXPECT_THAT(outcomes(remove_and_sync, look), ElementsAre("<none>"));
}

// A directory renamed for deletion carries its files along, wherever it turns up after the crash.
TEST(VolumeTest, ARenamedDirectoryIsInOnePlace) {
  auto rename = [](Disk& disk) {
    disk.volume.make_directories("t-0").value();
    disk.write("t-0/log", "x");
    disk.volume.sync_directory("t-0").value();
    disk.volume.sync_directory("").value();
    disk.volume.rename("t-0", "t-0.delete").value();
  };
  auto look = [](Disk& disk) {
    return disk.content("t-0/log") + " " + disk.content("t-0.delete/log");
  };
  EXPECT_THAT(outcomes(rename, look), ElementsAre("<none> x", "x <none>"));
}

TEST(VolumeTest, SyncingOneDirectoryDoesNotSyncAnother) {
  auto make = [](Disk& disk) {
    disk.volume.make_directories("a").value();
    disk.volume.make_directories("b").value();
    disk.volume.sync_directory("").value();
    disk.write("a/f", "x");
    disk.write("b/f", "x");
    disk.volume.sync_directory("a").value();
  };
  auto look = [](Disk& disk) { return disk.content("a/f") + " " + disk.content("b/f"); };
  EXPECT_THAT(outcomes(make, look), ElementsAre("x <none>", "x x"));
}

// The journal commits what a synced change stands on: the file is at one of its two names.
TEST(VolumeTest, AMoveBetweenDirectoriesIsCommittedWithEitherOfThem) {
  auto move = [](Disk& disk) {
    disk.volume.make_directories("a").value();
    disk.volume.make_directories("b").value();
    disk.volume.sync_directory("").value();
    disk.write("a/f", "x");
    disk.volume.rename("a/f", "b/f").value();
    disk.volume.sync_directory("b").value();
    disk.volume.sync_directory("a").value();
  };
  auto look = [](Disk& disk) { return disk.content("a/f") + " " + disk.content("b/f"); };
  EXPECT_THAT(outcomes(move, look), ElementsAre("<none> x"));
}

TEST(VolumeTest, AKilledProcessLosesNoByteButItsHandlesAndLocks) {
  Disk disk(1);
  std::shared_ptr<File> file = disk.open("a");
  disk.write("a", "x", false);
  std::unique_ptr<FileLock> lock = disk.volume.lock(".lock").value();
  EXPECT_EQ(disk.volume.lock(".lock").error(), std::errc::resource_unavailable_try_again);
  disk.volume.process_died();
  EXPECT_EQ(disk.content("a"), "x");
  EXPECT_EQ(file->sync().error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(file->truncate(0).error(), std::errc::bad_file_descriptor);
  std::unique_ptr<FileLock> again = disk.volume.lock(".lock").value();
  lock.reset();  // the dead one's: does not free the new one's
  EXPECT_FALSE(disk.volume.lock(".lock").has_value());
}

TEST(VolumeTest, AFullDiskTakesAtMostAPartOfAWrite) {
  Disk disk(1);
  disk.volume.set_capacity(10);
  disk.write("a", "12345678");
  std::shared_ptr<File> file = disk.open("b");
  std::string_view text = "abcd";
  Bytes bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(file->write_at(0, std::span(&bytes, 1)).error(), std::errc::no_space_on_device);
  EXPECT_LE(disk.volume.used(), 10u);
  disk.volume.remove("a").value();
  EXPECT_TRUE(file->write_at(0, std::span(&bytes, 1)).has_value());
}

// Each-step-fails: with every number exactly one operation fails, and with one beyond the end none.
TEST(VolumeTest, TheNthOperationFails) {
  auto scenario = [](Volume& volume) {
    IoResult<void> made = volume.make_directories("d");
    IoResult<std::shared_ptr<File>> file = volume.open("d/f", OpenMode::kCreate);
    IoResult<void> synced = volume.sync_directory("");
    return std::to_string(made.has_value()) + std::to_string(file.has_value()) +
           std::to_string(synced.has_value());
  };
  std::vector<std::string> seen;
  for (std::uint64_t nth = 0; nth < 4; ++nth) {
    Disk disk(1);
    disk.volume.fail_nth(nth, std::errc::io_error);
    seen.push_back(scenario(disk.volume));
  }
  // Without the directory the file cannot be made either.
  EXPECT_THAT(seen, ElementsAre("001", "101", "110", "111"));
}

TEST(VolumeTest, AFailedSyncHasLostTheData) {
  Disk disk(1);
  disk.write("a", "old");
  disk.volume.sync_directory("").value();
  disk.write("a", "new", false);
  std::shared_ptr<File> file = disk.open("a");
  disk.volume.fail_nth(0, std::errc::io_error);
  EXPECT_EQ(file->sync().error(), std::errc::io_error);
  EXPECT_TRUE(file->sync().has_value());
  disk.volume.power_lost();
  EXPECT_EQ(disk.content("a"), "old");
}

TEST(VolumeTest, BehavesAsAFileSystem) {
  Disk disk(1);
  Volume& volume = disk.volume;
  EXPECT_EQ(volume.open("none", OpenMode::kRead).error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(volume.open("no/dir", OpenMode::kCreate).error(), std::errc::no_such_file_or_directory);
  volume.make_directories("x/y").value();
  disk.write("x/b", "1");
  disk.write("x/a", "2");
  EXPECT_THAT(volume.list("x").value(),
              ElementsAre(DirectoryEntry{"a", false}, DirectoryEntry{"b", false},
                          DirectoryEntry{"y", true}));
  EXPECT_EQ(volume.open("x", OpenMode::kRead).error(), std::errc::is_a_directory);
  EXPECT_EQ(volume.remove("x").error(), std::errc::directory_not_empty);
  EXPECT_EQ(volume.rename("x", "x/a/q").error(), std::errc::not_a_directory);
  EXPECT_EQ(volume.stat("x/a")->size, 1u);
  EXPECT_EQ(volume.stat("x/a")->modified_ms, 42);
  volume.remove_all("x").value();
  EXPECT_FALSE(volume.stat("x").has_value());
  volume.remove_all("x").value();
}

}  // namespace
}  // namespace barnabas::env::sim
