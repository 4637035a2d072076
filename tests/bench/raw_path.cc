// What the same bytes cost without a broker: receive, CRC-32C, write to a file; and sendfile back.
//
//   bench_raw_path serve FILE BUFFER_BYTES SLICE_BYTES
//   bench_raw_path warm BYTES
//
// `serve` prints its port and takes one connection after the other, until it is killed. It looks at
// a frame's length and API key and no further: a Produce is received whole, its CRC-32C taken and
// its bytes written behind the last; a Fetch is answered with the file's next SLICE_BYTES, from its
// beginning again after its end. So what bench_frames sends to a broker it can send here.
// (Receiving, summing and writing in pieces of 128 KiB instead was tried: no better.)
// BUFFER_BYTES is SO_RCVBUF and SO_SNDBUF, 0 leaves them to the kernel. `warm` touches memory and
// gives it back, so that the page cache grows into pages that the host need not find first.
#include <fcntl.h>
#include <isa-l/crc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "env/big_endian.h"

namespace {

constexpr std::size_t kLengthAndKey = 6;
constexpr std::int16_t kProduce = 0;
constexpr std::size_t kAnswerBytes = 60;  // about what a broker's answer to a Produce has
constexpr off_t kReserveStep = 32 << 20;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

class RawServer {
 public:
  RawServer(const char* file, int buffer, std::size_t slice)
      : file_(::open(file, O_RDWR | O_CREAT, 0644)), buffer_(buffer), slice_(slice) {
    if (file_ < 0) fail(file);
  }

  [[noreturn]] void run() {
    const int listener = listen_on_loopback();
    for (;;) {
      const int peer = ::accept(listener, nullptr, nullptr);
      if (peer < 0) fail("accept");
      const int on = 1;
      ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      while (serve_one(peer)) {
      }
      ::close(peer);
    }
  }

 private:
  // The buffers are set on the listener: connections inherit them before the first byte comes.
  int listen_on_loopback() const {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    if (buffer_ > 0) {
      ::setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &buffer_, sizeof buffer_);
      ::setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &buffer_, sizeof buffer_);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, generic, size) < 0 || ::listen(listener, 8) < 0) fail("bind");
    ::getsockname(listener, generic, &size);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return listener;
  }

  bool serve_one(int peer) {
    std::array<std::byte, kLengthAndKey> head;
    if (!receive(peer, head.data(), head.size())) return false;
    const auto length = static_cast<std::size_t>(barnabas::env::load_be<std::int32_t>(head.data()));
    const auto key = barnabas::env::load_be<std::int16_t>(head.data() + 4);
    const auto body = length - (kLengthAndKey - 4);
    return key == kProduce ? take_in(peer, body) : send_back(peer, body);
  }

  static bool receive(int peer, std::byte* into, std::size_t bytes) {
    while (bytes > 0) {
      const auto got = ::recv(peer, into, bytes, MSG_WAITALL);
      if (got <= 0) return false;
      into += got;
      bytes -= static_cast<std::size_t>(got);
    }
    return true;
  }

  bool take_in(int peer, std::size_t body) {
    if (block_.size() < body) block_.resize(body);
    if (!receive(peer, block_.data(), body)) return false;
    crc_ =
        crc32_iscsi(reinterpret_cast<unsigned char*>(block_.data()), static_cast<int>(body), ~0u);
    append(body);
    return answer(peer, kAnswerBytes, 0);
  }

  void append(std::size_t size) {
    if (end_ + static_cast<off_t>(size) > reserved_) {
      reserved_ = end_ + static_cast<off_t>(size) + kReserveStep;
      ::fallocate(file_, FALLOC_FL_KEEP_SIZE, end_, reserved_ - end_);
    }
    const auto wrote = ::pwrite(file_, block_.data(), size, end_);
    if (wrote != static_cast<ssize_t>(size)) fail("pwrite");
    end_ += wrote;
  }

  bool send_back(int peer, std::size_t body) {
    std::array<std::byte, 512> request;
    if (body > request.size() || !receive(peer, request.data(), body)) return false;
    if (next_ + static_cast<off_t>(slice_) > end_) next_ = 0;
    if (!answer(peer, kAnswerBytes + slice_, MSG_MORE)) return false;
    for (auto left = slice_; left > 0;) {
      const auto sent = ::sendfile(peer, file_, &next_, left);
      if (sent <= 0) return false;
      left -= static_cast<std::size_t>(sent);
    }
    return true;
  }

  // The length of a whole answer, and its first kAnswerBytes.
  static bool answer(int peer, std::size_t length, int flags) {
    std::array<std::byte, 4 + kAnswerBytes> bytes{};
    barnabas::env::store_be(bytes.data(), static_cast<std::int32_t>(length));
    return ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL | flags) ==
           static_cast<ssize_t>(bytes.size());
  }

  int file_;
  int buffer_;
  std::size_t slice_;
  std::vector<std::byte> block_;
  volatile unsigned crc_ = 0;  // nobody looks at it; volatile, so that it is computed
  off_t end_ = 0, reserved_ = 0, next_ = 0;
};

int warm(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  std::memset(memory, 1, bytes);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 2 && args[0] == "warm") return warm(std::stoull(args[1]));
  if (args.size() != 4 || args[0] != "serve") {
    std::fprintf(stderr, "see the first lines of raw_path.cc\n");
    return 1;
  }
  RawServer(args[1].c_str(), std::stoi(args[2]), std::stoull(args[3])).run();
}
