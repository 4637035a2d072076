#include "broker/net/reply_queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "env/big_endian.h"
#include "env/posix/posix_files.h"

namespace barnabas::broker::net {
namespace {

// A file whose pages may be called cold.
class ColdFile : public env::File {
 public:
  explicit ColdFile(std::shared_ptr<env::File> file) : file_(std::move(file)) {}
  env::IoResult<std::size_t> read_at(std::uint64_t at, env::MutableBytes into) override {
    return file_->read_at(at, into);
  }
  env::IoResult<void> write_at(std::uint64_t at, std::span<const env::Bytes> pieces) override {
    return file_->write_at(at, pieces);
  }
  env::IoResult<std::uint64_t> size() override { return file_->size(); }
  env::IoResult<void> truncate(std::uint64_t size) override { return file_->truncate(size); }
  void reserve(std::uint64_t end) override { file_->reserve(end); }
  env::IoResult<void> sync() override { return file_->sync(); }
  env::IoResult<void> write_behind(std::uint64_t at, std::uint64_t length) override {
    return file_->write_behind(at, length);
  }
  bool resident(std::uint64_t, std::uint64_t) override { return warm; }
  int descriptor() const override { return file_->descriptor(); }
  bool warm = true;

 private:
  std::shared_ptr<env::File> file_;
};

class ReplyQueueTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    directory = std::filesystem::temp_directory_path() /
                ("barnabas-reply-queue-" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory);
    file = std::make_shared<ColdFile>(
        *files.open(directory / "records", env::OpenMode::kCreateTruncate));
    const env::Bytes piece = std::as_bytes(std::span(content));
    ASSERT_TRUE(file->write_at(0, {&piece, 1}));
  }
  void TearDown() override {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
    std::filesystem::remove_all(directory);
  }

  static api::Encoded bytes(const std::string& text) {
    api::Encoded encoded;
    const auto view = std::as_bytes(std::span(text));
    encoded.bytes.assign(view.begin(), view.end());
    encoded.size = text.size();
    return encoded;
  }
  // text[0, at) + file[from, from + length) + text[at, end)
  api::Encoded with_slice(const std::string& text, std::size_t at, std::uint64_t from,
                          std::uint32_t length) {
    auto encoded = bytes(text);
    encoded.splices.push_back({at, {file, from, length}});
    encoded.size += length;
    return encoded;
  }
  static std::string frame(const std::string& body) {
    std::string length(4, '\0');
    env::store_be(reinterpret_cast<std::byte*>(length.data()),
                  static_cast<std::int32_t>(body.size()));
    return length + body;
  }
  std::string received() {
    std::string all;
    char piece[65536];
    for (ssize_t n; (n = ::recv(ends[1], piece, sizeof piece, 0)) > 0;) {
      all.append(piece, static_cast<std::size_t>(n));
    }
    return all;
  }

  int ends[2] = {-1, -1};
  std::filesystem::path directory;
  env::PosixFiles files;
  std::string content = std::string(300'000, 'r') + "END";
  std::shared_ptr<ColdFile> file;
  ReplyQueue queue;
};

TEST_F(ReplyQueueTest, AnswersLeaveInRequestOrderWhateverIsReadyFirst) {
  queue.push(bytes("one"));
  const auto second = queue.push_pending();
  queue.push(bytes("three"));
  EXPECT_EQ(queue.send(ends[0]), ReplyQueue::Sent::kAll);
  EXPECT_EQ(received(), frame("one"));
  queue.fill(second, bytes("two"));
  EXPECT_EQ(queue.send(ends[0]), ReplyQueue::Sent::kAll);
  EXPECT_EQ(received(), frame("two") + frame("three"));
  EXPECT_TRUE(queue.empty());
}

TEST_F(ReplyQueueTest, FileSlicesStandWhereTheyWereSplicedIn) {
  queue.push(with_slice("headtail", 4, 299'998, 5));
  queue.push(bytes("next"));
  EXPECT_EQ(queue.send(ends[0]), ReplyQueue::Sent::kAll);
  EXPECT_EQ(received(), frame("headrrENDtail") + frame("next"));
}

TEST_F(ReplyQueueTest, AFullSocketIsContinuedWhereItStopped) {
  const auto text = std::string(200'000, 'a');
  queue.push(with_slice(text, 100'000, 0, 300'003));
  std::string got;
  int full = 0;
  while (!queue.empty()) {
    if (queue.send(ends[0]) == ReplyQueue::Sent::kFull) ++full;
    got += received();
  }
  EXPECT_GT(full, 0);
  EXPECT_EQ(got, frame(text.substr(0, 100'000) + content + text.substr(0, 100'000)));
}

// A loop must not wait for a disk: the range is read elsewhere first.
TEST_F(ReplyQueueTest, AColdSliceIsNotSentBeforeItIsWarmed) {
  file->warm = false;
  queue.push(with_slice("ab", 1, 300'000, 3));
  EXPECT_EQ(queue.send(ends[0]), ReplyQueue::Sent::kCold);
  EXPECT_EQ(queue.cold().position, 300'000u);
  EXPECT_EQ(queue.cold().length, 3u);
  queue.warmed();
  EXPECT_EQ(queue.send(ends[0]), ReplyQueue::Sent::kAll);
  EXPECT_EQ(received(), frame("aENDb"));
}

TEST_F(ReplyQueueTest, APeerThatIsGoneIsNoticed) {
  ::close(ends[1]);
  ends[1] = -1;
  queue.push(bytes("lost"));
  EXPECT_EQ(queue.send(ends[0]), ReplyQueue::Sent::kBroken);
}

// The promise of the slice was more than the file holds: the frame can never be completed.
TEST_F(ReplyQueueTest, AFileShorterThanItsSliceBreaksTheConnection) {
  queue.push(with_slice("ab", 1, 300'000, 10));
  auto sent = queue.send(ends[0]);
  while (sent == ReplyQueue::Sent::kFull) sent = queue.send(ends[0]);
  EXPECT_EQ(sent, ReplyQueue::Sent::kBroken);
}

}  // namespace
}  // namespace barnabas::broker::net
