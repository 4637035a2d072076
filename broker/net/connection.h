// One client's connection, from accept to close.
//
// Owns        the socket, what was received and not yet used, and the answers not yet sent.
// Does not    know any API: frames go to api::Dispatcher, replies come back in request order.
// Threading   one loop, for its whole life.
// Bounds      kMaxPendingReplies answers outstanding, then it stops reading; nothing is read either
//             while the peer does not take its answers. No buffer while idle.
// Kafka       network/SocketServer's Processor and KafkaChannel. Differs: requests behind an
//             acks=all Produce are worked on while it waits.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <vector>

#include "broker/api/context.h"
#include "broker/api/dispatcher.h"
#include "broker/net/frame_buffer.h"
#include "broker/net/reply_queue.h"
#include "env/clock.h"
#include "env/disk.h"
#include "env/spawn.h"

namespace barnabas::broker::net {

// What the connections of one loop share.
struct Loop {
  env::Executor executor;
  BlockPool blocks;
  env::Gate* gate = nullptr;
  env::Clock* clock = nullptr;
  env::Disk* disk = nullptr;
  api::Dispatcher* dispatcher = nullptr;
  std::int32_t max_frame = 0;  // socket.request.max.bytes
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  static constexpr std::size_t kMaxPendingReplies = 128;
  static constexpr std::size_t kMaxFramesPerBatch = 1024;
  static constexpr int kMaxReceives = 4;  // per wake-up, so that one peer cannot keep the loop

  Connection(Loop& loop, boost::asio::ip::tcp::socket socket,
             std::shared_ptr<api::ConnectionContext> context);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Serves until the peer leaves, a bad frame arrives or close() is called.
  env::Task<void> run();
  void close();

  // Nothing owed: may be closed when nothing came for too long, be it in the middle of a request.
  bool is_idle() const { return !working_ && replies_.empty(); }
  void close_idle();
  env::Instant last_active() const { return last_active_; }

 private:
  env::Task<bool> receive();
  bool receive_once();
  env::Task<bool> serve();
  void cut_frames();
  env::Task<bool> take(std::vector<api::Reply> replies);
  env::Task<void> finish(ReplyQueue::Slot slot, env::Task<api::Answer> answer);
  void flush();
  env::Task<void> write_loop(ReplyQueue::Sent state);
  env::Task<void> drained(std::size_t below);
  void log_bad_frame(std::int32_t length) const;
  void log_cut_frame() const;

  Loop& loop_;
  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<api::ConnectionContext> context_;
  FrameBuffer buffer_;
  ReplyQueue replies_;
  std::vector<env::MutableBytes> frames_;
  env::Instant last_active_;
  std::optional<env::Signal> wants_drained_;
  std::size_t drained_below_ = 0;
  bool more_to_read_ = false;  // the last receive filled its buffer
  bool working_ = false;
  bool writing_ = false;  // write_loop runs
  bool open_ = true;
};

}  // namespace barnabas::broker::net
