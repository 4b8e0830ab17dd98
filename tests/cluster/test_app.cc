// The program that the tests of whole clusters start. TEST_APP in the environment makes it
// misbehave at start: "throw": its state's factory throws; "hang": it never returns; "throw-again",
// "hang-again": only in processes that replace others; "fail-again": there
// /whoami fails; "gate:PATH": those wait until somebody
// writes to that FIFO; "conflict": two of its
// routes do; "guarded": a hook of the whole app refuses all but the front page; "policy:P": its
// on_exit() says P, and its on_event() throws; "ticks": workers say something every 20 ms;
// "mute-heir": a program that is to take another's place says nothing.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "shoal/shoal.h"

namespace {

using std::chrono::milliseconds;

struct start_trouble {};

void wait_at(const char* fifo) { ::close(::open(fifo, O_RDONLY)); }

/// Starts a process that loses its parent, sees that 1 has adopted it, and ends: its number.
std::string make_orphan() {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) {
      while (::getppid() != 1) ::sched_yield();
      const pid_t self = ::getpid();
      [[maybe_unused]] const auto ignored = ::write(ends[1], &self, sizeof self);
    }
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  pid_t orphan = 0;
  const bool told = ::read(ends[0], &orphan, sizeof orphan) == sizeof orphan;
  ::close(ends[0]);
  ::close(ends[1]);
  return told ? std::to_string(orphan) + "\n" : std::string();
}

/// The log says when it has begun.
std::string hold() {
  std::fputs("holding\n", stderr);
  while (true) ::pause();
}

start_trouble make_trouble(shoal::worker& self) {
  const char* const wanted = std::getenv("TEST_APP");
  const std::string_view trouble = wanted != nullptr ? wanted : "";
  if (trouble == "throw") throw std::runtime_error("no database at 10.0.0.7");
  while (trouble == "hang") ::pause();
  if (trouble == "throw-again" && self.generation() > 0) {
    throw std::runtime_error("no database at 10.0.0.7");
  }
  while (trouble == "hang-again" && self.generation() > 0) ::pause();
  if (trouble.starts_with("gate:") && self.generation() > 0) wait_at(wanted + 5);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const char* const wanted = std::getenv("TEST_APP");
  const std::string_view trouble = wanted != nullptr ? wanted : "";
  while (trouble == "mute-heir" && std::getenv("SHOAL_UPGRADE") != nullptr) ::pause();
  shoal::app app;
  app.options().listen = {"127.0.0.1:0"};
  app.state<start_trouble>(make_trouble);
  shoal::metrics(app);
  shoal::health(app);
  if (trouble.starts_with("policy:")) {
    app.on_event([](const shoal::lifecycle_event& e) {
      const auto pid = e.process ? e.process->pid : 0;
      std::fprintf(stderr, "heard %d of %d\n", static_cast<int>(e.kind), pid);
      throw std::runtime_error("deaf");
    });
    app.on_exit([policy = trouble.substr(7)](const shoal::lifecycle_event& e) {
      std::fprintf(stderr, "asked about %s\n", e.text.c_str());
      if (policy == "throw") throw std::runtime_error("undecided");
      return policy == "restart"    ? shoal::exit_policy::restart
             : policy == "back_off" ? shoal::exit_policy::back_off
                                    : shoal::exit_policy::give_up;
    });
  }
  if (trouble == "ticks") {
    const auto tick = [](const char* who, const shoal::worker& self) {
      std::fprintf(stderr, "%s %u %u\n", who, self.id(), self.generation());
    };
    app.every(std::chrono::milliseconds(20), [tick](shoal::worker& self) { tick("each", self); });
    app.every_cluster(std::chrono::milliseconds(20), [tick](shoal::worker& self) -> shoal::task<> {
      co_await shoal::sleep(std::chrono::milliseconds(1));
      tick("one", self);
    });
  }
  if (trouble == "guarded") {
    app.before([](shoal::context& c) -> std::optional<shoal::response> {
      if (c.path() == "/") return std::nullopt;
      return shoal::response(shoal::status::unauthorized);
    });
  }
  app.get<"/">([] { return "hello\n"; });
  app.get<"/pid">([] { return std::to_string(::getpid()) + "\n"; });
  app.get<"/whoami">([trouble](shoal::context& c) {
    const auto& w = c.worker();
    if (trouble == "fail-again" && w.generation() > 0) throw std::runtime_error("no database");
    return std::to_string(::getpid()) + " " + std::to_string(w.node()) + " " +
           std::to_string(w.id()) + " " + std::to_string(w.generation()) + " " +
           std::string(w.driver()) + "\n";
  });
  app.get<"/sleep/{ms}">([](std::uint64_t ms) -> shoal::task<std::string> {
    co_await shoal::sleep(milliseconds(ms));
    co_return "slept\n";
  });
  app.get<"/block/{ms}">([](std::uint64_t ms) {
    std::this_thread::sleep_for(milliseconds(ms));
    return "blocked\n";
  });
  app.get<"/hold">(hold);
  app.get<"/orphan">(make_orphan);
  app.get<"/ptrace">(
      [] { return std::to_string(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)) + "\n"; });
  app.get<"/abort">([]() -> std::string { std::abort(); });
  app.get<"/job/done">([] { return "done\n"; }, {shoal::run::offload});
  app.get<"/job/hold">(hold, {shoal::run::offload});
  app.get<"/job/abort">([]() -> std::string { std::abort(); }, {shoal::run::offload});
  app.get<"/leave">([] {
    ::kill(::getpid(), SIGTERM);
    return "leaving\n";
  });
  if (trouble == "conflict") app.get<"/">([] { return "too"; });
  return app.run(argc, argv);
}
