// The other end of a Channel: a blocking TCP server on a thread of its own, told what to do frame
// by frame.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#include "env/big_endian.h"
#include "env/network.h"

namespace barnabas::env {

class TcpPeer {
 public:
  TcpPeer() {
    // Ephemeral ports are taken by others' outgoing connections: below that range, the first free
    // one.
    for (std::uint16_t port = 21000 + ::getpid() % 5000; listener_ < 0; ++port) try_listen(port);
  }
  ~TcpPeer() {
    hang_up();
    ::close(listener_);
  }
  TcpPeer(const TcpPeer&) = delete;
  TcpPeer& operator=(const TcpPeer&) = delete;

  Address address() const { return {"127.0.0.1", port_}; }

  void accept() {
    hang_up();
    connection_ = ::accept(listener_, nullptr, nullptr);
  }
  void hang_up() {
    if (connection_ >= 0) ::close(std::exchange(connection_, -1));
  }

  std::string receive() {
    std::byte length[4];
    if (!receive_all(length, 4)) return "<end>";
    std::string text(load_be<std::uint32_t>(length), '\0');
    if (!receive_all(text.data(), text.size())) return "<torn>";
    return text;
  }
  void send(const std::string& text) {
    std::byte length[4];
    store_be(length, static_cast<std::uint32_t>(text.size()));
    send_raw(std::string(reinterpret_cast<char*>(length), 4) + text);
  }
  void send_raw(const std::string& bytes) {
    EXPECT_EQ(::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

 private:
  void try_listen(std::uint16_t port) {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(fd, 16) != 0) {
      ::close(fd);
      return;
    }
    listener_ = fd;
    port_ = port;
  }

  bool receive_all(void* into, std::size_t size) {
    return size == 0 || ::recv(connection_, into, size, MSG_WAITALL) == static_cast<ssize_t>(size);
  }

  int listener_ = -1;
  int connection_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace barnabas::env
