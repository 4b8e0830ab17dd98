// Asks a process that does not serve yet for one answer, on a connection that it is handed as if a
// client had come. Includes asio, for the supervisor's files alone.
#pragma once

#include <sys/socket.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "cluster/channel.h"

namespace shoal::cluster {

class probe final : public std::enable_shared_from_this<probe> {
 public:
  /// Why it has not been proved; empty: it has.
  using verdict = std::function<void(const std::string& why)>;

  /// Worker 0 of the process at the other end of `channel` is asked. `then` is called once, or
  /// never if the process neither answers nor ends the connection: who waits has a limit of his
  /// own.
  static void ask(asio::io_context& context, int channel, verdict then) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
      return then("no socket for a probe");
    }
    const descriptor theirs(ends[1]);
    const auto one = std::shared_ptr<probe>(new probe(context, ends[0], std::move(then)));
    if (!send_connection(channel, 0, theirs.get())) return one->end("it cannot be sent a probe");
    one->write();
  }

 private:
  // The whole server is asked: no handler is run, but hooks of the whole app are.
  static constexpr std::string_view request =
      "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  probe(asio::io_context& context, int socket, verdict then)
      : socket_(context, asio::local::stream_protocol(), socket), then_(std::move(then)) {}

  void write() {
    asio::async_write(socket_, asio::buffer(request),
                      [self = shared_from_this()](const asio::error_code& failure, std::size_t) {
                        failure ? self->end("it does not take a probe") : self->read();
                      });
  }

  void read() {
    asio::async_read_until(
        socket_, answer_, "\r\n",
        [self = shared_from_this()](const asio::error_code& failure, std::size_t size) {
          if (failure) return self->end("it does not answer a probe");
          const auto data = self->answer_.data();
          self->judge(
              std::string(asio::buffers_begin(data),
                          asio::buffers_begin(data) + static_cast<std::ptrdiff_t>(size) - 2));
        });
  }

  void judge(const std::string& line) {
    // Hooks of the whole app may refuse it (401): that is an answer, and theirs to give.
    const bool fine =
        line.starts_with("HTTP/1.1 ") && line.size() > 9 && line[9] >= '2' && line[9] < '5';
    end(fine ? "" : "it answers a probe with \"" + line + "\"");
  }

  void end(const std::string& why) { std::exchange(then_, nullptr)(why); }

  asio::local::stream_protocol::socket socket_;
  asio::streambuf answer_{1024};
  verdict then_;
};

}  // namespace shoal::cluster
