#include "shoal/testing/server.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "base/descriptor.h"
#include "shoal/cluster/app.h"
#include "testing/answer_reader.h"
#include "testing/served_process.h"

namespace shoal::test {
namespace {

int run(app& serving, const std::vector<std::string>& flags) {
  std::vector<const char*> argv = {"server-under-test", "--listen", "127.0.0.1:0", "--log-level",
                                   "info"};
  for (const auto& flag : flags) argv.push_back(flag.c_str());
  return serving.run(static_cast<int>(argv.size()), argv.data());
}

descriptor connect_to(std::uint16_t port) {
  descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{patience.count(), 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) socket.reset();
  return socket;
}

/// What comes, appended; false at the end.
bool receive(int socket, std::string& bytes) {
  char some[16 * 1024];
  const auto count = ::recv(socket, some, sizeof some, 0);
  if (count > 0) bytes.append(some, static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

struct server::state {
  served_process process;
  std::optional<int> code{};

  /// With what the server has said, which may tell why.
  [[noreturn]] void fail(const std::string& why) {
    throw std::runtime_error(why + "; the log:\n" + process.log_so_far());
  }
};

server::server(app& serving, std::vector<std::string> flags)
    : state_(new state{.process = served_process([&] { return run(serving, flags); })}) {
  if (state_->process.ready()) return;
  const auto log = state_->process.log();
  throw std::runtime_error("the app does not start: " + log);
}

server::~server() { stop(); }

std::uint16_t server::port() const noexcept { return state_->process.port(); }
int server::pid() const noexcept { return state_->process.pid(); }
void server::signal(int number) const noexcept { state_->process.signal(number); }
std::string server::wait_for(std::string_view text) { return state_->process.wait_for(text); }

answer server::request(std::string_view method, std::string_view target, const fields& headers,
                       std::string_view body) {
  const auto socket = connect_to(port());
  const auto text = write_request(method, target, headers, body);
  if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) {
    state_->fail("cannot send to port " + std::to_string(port()));
  }
  answer_reader reader;
  answer got;
  std::string bytes;
  while (!reader.read_head(bytes, method == "HEAD", got)) {
    if (!receive(socket.get(), bytes)) state_->fail("no answer comes: " + bytes);
  }
  got.body = reader.read_body(bytes, false);
  while (!reader.body_over()) {
    const bool ended = !receive(socket.get(), bytes);
    got.body += reader.read_body(bytes, ended);
    if (ended && !reader.body_over()) state_->fail("the answer is cut off");
  }
  return got;
}

int server::stop() {
  auto& s = *state_;
  if (!s.code) {
    s.process.signal(SIGTERM);
    s.code = s.process.ended();
  }
  return *s.code;
}

}  // namespace shoal::test
