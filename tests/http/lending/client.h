// The other end of a connection, over loopback TCP.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"

namespace shoal::http::test {

/// Two ends of a connection: the client's blocks, up to half a minute; the server's does not.
struct tcp_pair {
  tcp_pair();
  descriptor client;
  descriptor server;
};

/// Descriptors that this process has open.
[[nodiscard]] int open_descriptors();

class client final {
 public:
  explicit client(descriptor socket) : socket_(std::move(socket)) {}

  /// False: the connection is gone.
  bool send(std::string_view bytes);
  bool get(std::string_view path) {
    return send("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  /// The body of the next answer; "(closed)" if none comes.
  [[nodiscard]] std::string answer();
  [[nodiscard]] std::string ask(std::string_view path) { return get(path), answer(); }

  /// The peer sends no more, and nothing was left over.
  [[nodiscard]] bool ended() { return received_.empty() && !receive(); }

  void half_close() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.reset(); }
  void reset();

 private:
  bool receive();

  descriptor socket_;
  std::string received_;
};

}  // namespace shoal::http::test
