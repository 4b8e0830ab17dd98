// The echo site over TCP, for tests that put other programs beside or before it:
//
//   wire_server       listens on a free port of 127.0.0.1, says which, and serves until TERM
//
// Every answer to what could be read as a request has the field "X-Saw: METHOD target". GET /told
// gives a line "N answers", with refusals and without this one, and each X-Saw since the last time.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "base/check.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "echo_routes.h"
#include "http/server.h"
#include "io/loop.h"
#include "io/open.h"

namespace {

using namespace shoal;

const io::loop* serving = nullptr;  // set before the handler is; read by it

void stop(int) { serving->stop(); }

int listen_somewhere(int& port) {
  descriptor s(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  SHOAL_CHECK(::bind(s.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  SHOAL_CHECK(::listen(s.get(), 128) == 0);
  SHOAL_CHECK(::getsockname(s.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port = ntohs(address.sin_port);
  return s.release();
}

std::string saw(const context& c) {
  std::string text = std::string(to_string(c.verb())) + " " + std::string(c.path());
  return c.query().empty() ? text : text + "?" + std::string(c.query());
}

}  // namespace

int main() {
  set_log_level(log_level::off);
  auto driver = io::open_driver(io::driver_kind::epoll);
  SHOAL_CHECK(driver);
  io::loop loop(*driver.value());
  std::string told;
  http::routes routes;
  const http::server* answers = nullptr;
  http::wire::add_echo_routes(routes);
  routes.get<"/told">([&] {
    return std::to_string(answers->counters().requests_total) + " answers\n" +
           std::exchange(told, {});
  });
  routes.after([&](context& c, response& r) {
    if (c.path() != "/told") told += saw(c) + "\n";
    r.header("X-Saw", saw(c));
  });
  std::string problem;
  const auto* table = routes.freeze(problem);
  SHOAL_CHECK(table != nullptr);
  worker self{worker_facts{.driver = "epoll"}};
  http::server server(loop, *table, self);
  answers = &server;
  int port = 0;
  server.listen(listen_somewhere(port));
  serving = &loop;
  std::signal(SIGTERM, stop);
  std::fprintf(stderr, "ready: listening on 127.0.0.1:%d\n", port);
  loop.run();
  return 0;
}
