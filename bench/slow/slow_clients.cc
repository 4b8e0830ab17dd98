// slow_clients: keeps many connections open that drip a header or never read their answers.
//
// Prints "holding N" when all have connected once, goes on until standard input ends, and closes
// with a JSON object. Exit codes: 0 done; 1 it could not run; 2 the command line.
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <deque>
#include <iostream>
#include <string>

#include "base/clock.h"
#include "base/descriptor_limit.h"
#include "base/result.h"
#include "io/open.h"
#include "load/request_kind.h"
#include "load/target.h"
#include "slow/slow_client.h"

namespace {

using namespace shoal;

enum exit_code { done = 0, cannot_run = 1, bad_usage = 2 };

struct command_line {
  std::string target;
  std::string path = "/plaintext";
  unsigned connections = 5000;
  unsigned requests = 1000;
  double ramp = 10;
  double drip = 1;
  int cpu = -1;
};

void describe(CLI::App& app, command_line& line) {
  app.add_option("target", line.target, "Server, as 127.0.0.1:8080")->required();
  app.add_option("path", line.path, "What they ask for")->capture_default_str();
  app.add_option("-c,--connections", line.connections, "Half of them drip, half never read")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--requests", line.requests, "That each of those who never read sends at once")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--ramp", line.ramp,
                 "Seconds over which they connect, so that the server's time limits strike them "
                 "one after another")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--drip", line.drip, "Seconds from one byte to the next")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--cpu", line.cpu, "Core to run on")->check(CLI::NonNegativeNumber);
}

int complain(const std::string& message, exit_code code) {
  std::cerr << "slow_clients: " << message << '\n';
  return code;
}

nanoseconds to_time(double seconds) {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(seconds));
}

result<void> prepare(const command_line& line) {
  const auto limit = raise_descriptor_limit();
  if (line.connections + 32 > limit)
    return error{0, "RLIMIT_NOFILE allows " + std::to_string(limit) + " descriptors only"};
  if (line.cpu < 0) return {};
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(line.cpu), &set);
  if (::sched_setaffinity(0, sizeof set, &set) == 0) return {};
  return system_error(errno, "cannot run on core " + std::to_string(line.cpu));
}

bool input_has_ended() {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (::poll(&input, 1, 0) <= 0) return false;
  char ignored[256];
  return ::read(STDIN_FILENO, ignored, sizeof ignored) <= 0;
}

void run(slow::crowd& crowd, std::deque<slow::slow_client>& clients, nanoseconds ramp) {
  const auto count = static_cast<std::int64_t>(clients.size());
  for (std::int64_t i = 0; i < count; ++i)
    clients[static_cast<std::size_t>(i)].open_after(ramp * i / count);
  bool told = false;
  while (!input_has_ended()) {
    crowd.loop.run_turn(crowd.loop.now() + std::chrono::milliseconds(20));
    if (told || crowd.opened < clients.size()) continue;
    told = true;
    std::cout << "holding " << clients.size() << std::endl;
  }
  std::cout << "{\"opened\":" << crowd.opened << ",\"ended\":" << crowd.ended
            << ",\"failed\":" << crowd.failed << ",\"open\":" << crowd.open << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Keeps connections open that drip a header or never read their answers."};
  command_line line;
  describe(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? done : bad_usage;
  }
  const auto to = load::numeric_target(line.target);
  if (!to) return complain(to.error().message, bad_usage);
  if (const auto ready = prepare(line); !ready) return complain(ready.error().message, cannot_run);
  auto driver = io::open_driver(io::driver_kind::epoll);
  if (!driver) return complain(driver.error().message, cannot_run);

  load::request_kind kind;
  kind.path = line.path;
  const auto request = load::make_request(kind, to.value().host);
  std::string requests;
  for (unsigned i = 0; i < line.requests; ++i) requests += request;
  std::deque<slow::slow_client> clients;  // gone after the driver, which may still know them
  const auto io = std::move(driver).value();
  io::loop loop(*io);
  slow::crowd crowd{.loop = loop,
                    .head = request.substr(0, request.size() - 2) + "X-Slow: ",
                    .requests = std::move(requests),
                    .drip_time = to_time(line.drip)};
  crowd.address = to.value().address.bytes;
  crowd.address_bytes = to.value().address.size;
  for (unsigned i = 0; i < line.connections; ++i)
    clients.emplace_back(crowd, i % 2 == 0 ? slow::manner::drips : slow::manner::deaf);
  run(crowd, clients, to_time(line.ramp));
  return done;
}
