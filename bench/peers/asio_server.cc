// A peer: what asio offers for several threads, both ways.
//
//   asio_server shared PORT THREADS      one io_context that all threads run: a central queue
//   asio_server reuseport PORT THREADS   an io_context and a listener for each thread
//
// Answers GET /plaintext and GET /block/MS, which blocks its thread, as the playground does. It
// looks at no header but "Connection: close" and takes no bodies.
#include <time.h>
#include <unistd.h>

#include <array>
#include <asio.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using asio::ip::tcp;
using std::string_view;

string_view date_now() {
  thread_local std::time_t made_at = 0;
  thread_local std::array<char, 64> text{};
  thread_local std::size_t length = 0;
  if (const std::time_t now = ::time(nullptr); now != made_at) {
    made_at = now;
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  }
  return {text.data(), length};
}

void append_answer(std::string& to, string_view status, string_view body) {
  to.append("HTTP/1.1 ").append(status).append("\r\nDate: ").append(date_now());
  to.append("\r\nContent-Type: text/plain\r\nContent-Length: ");
  to.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

void answer(string_view head, std::string& to) {
  constexpr string_view block = "GET /block/";
  if (head.starts_with("GET /plaintext ")) return append_answer(to, "200 OK", "Hello, World!");
  unsigned ms = 0;
  if (head.starts_with(block)) {
    std::from_chars(head.data() + block.size(), head.data() + head.size(), ms);
    ::usleep(ms * 1000);
    return append_answer(to, "200 OK", "blocked " + std::to_string(ms) + " ms\n");
  }
  append_answer(to, "404 Not Found", "nothing here\n");
}

// One receive or one send is under way at any time, so its handlers never run at once, whatever
// number of threads the context has.
class session final : public std::enable_shared_from_this<session> {
 public:
  explicit session(tcp::socket socket) : socket_(std::move(socket)) {}

  void receive() {
    const auto room = asio::buffer(in_.data() + used_, in_.size() - used_);
    socket_.async_read_some(room, [self = shared_from_this()](asio::error_code failed, size_t n) {
      if (!failed) self->received(n);
    });
  }

 private:
  void received(std::size_t bytes) {
    used_ += bytes;
    string_view all(in_.data(), used_);
    out_.clear();
    for (auto end = all.find("\r\n\r\n"); end != all.npos && !last_; end = all.find("\r\n\r\n")) {
      const string_view head = all.substr(0, end + 2);
      all.remove_prefix(end + 4);
      last_ = head.find("\r\nConnection: close\r\n") != head.npos;
      answer(head, out_);
    }
    used_ = all.size();
    std::char_traits<char>::move(in_.data(), all.data(), used_);
    if (!out_.empty()) return send();
    if (used_ < in_.size()) receive();  // else: a head longer than anybody should send
  }

  void send() {
    asio::async_write(socket_, asio::buffer(out_),
                      [self = shared_from_this()](asio::error_code failed, size_t) {
                        if (!failed && !self->last_) self->receive();
                      });
  }

  tcp::socket socket_;
  std::array<char, 8192> in_;
  std::size_t used_ = 0;
  std::string out_;
  bool last_ = false;
};

class listener final {
 public:
  listener(asio::io_context& context, unsigned short port, bool reuse) : acceptor_(context) {
    using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    const tcp::endpoint where(asio::ip::address_v4::loopback(), port);
    acceptor_.open(where.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    if (reuse) acceptor_.set_option(reuse_port(true));
    acceptor_.bind(where);
    acceptor_.listen(4096);
    accept();
  }

 private:
  void accept() {
    acceptor_.async_accept([this](asio::error_code failed, tcp::socket socket) {
      if (!failed) {
        socket.set_option(tcp::no_delay(true), failed);
        std::make_shared<session>(std::move(socket))->receive();
      }
      accept();
    });
  }

  tcp::acceptor acceptor_;
};

void serve(bool shared, unsigned short port, int count) {
  const int contexts = shared ? 1 : count;
  std::vector<std::unique_ptr<asio::io_context>> all;
  std::vector<std::unique_ptr<listener>> listeners;
  for (int i = 0; i < contexts; ++i) {
    all.push_back(std::make_unique<asio::io_context>(shared ? count : 1));
    listeners.push_back(std::make_unique<listener>(*all.back(), port, !shared));
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back(
        [&context = *all[static_cast<std::size_t>(i % contexts)]] { context.run(); });
  }
  std::puts("ready");
  std::fflush(stdout);
  for (std::thread& each : threads) each.join();
}

}  // namespace

int main(int argc, char** argv) {
  const string_view way = argc == 4 ? argv[1] : "";
  if (way != "shared" && way != "reuseport") {
    std::fputs("usage: asio_server shared|reuseport PORT THREADS\n", stderr);
    return 2;
  }
  try {
    serve(way == "shared", static_cast<unsigned short>(std::stoi(argv[2])), std::stoi(argv[3]));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "asio_server: %s\n", problem.what());
    return 1;
  }
}
