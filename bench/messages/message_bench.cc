// Messages between two workers of a real cluster: how many arrive in a second when one sends as
// fast as it can, and how many times in a second a message goes there and back when both sleep
// between.
//
//   message_bench inside|between SECONDS           of one process; of two processes
//   message_bench inside|between SECONDS BYTES     texts of so many bytes, encoded
//
// Prints both figures, on one line. Without BYTES a message is 32 bytes that are copied.
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/shoal.h"
#include "shoal/testing/server.h"

namespace {

using clock_type = std::chrono::steady_clock;

constexpr unsigned sent_at_once = 256;  // then the sender's worker serves its clients

struct letter {
  static constexpr shoal::message_tag tag{"letter", 1};
  std::uint64_t words[4];
};

struct text {
  static constexpr shoal::message_tag tag{"text", 1};
  std::string words;
};

}  // namespace

template <>
struct shoal::message_codec<text> {
  static void encode(const text& from, std::string& to) { to = from.words; }
  static std::optional<text> decode(std::string_view from) { return text{std::string(from)}; }
};

namespace {

/// "Send for so long": to oneself, again and again.
struct order {
  static constexpr shoal::message_tag tag{"order", 1};
  clock_type::time_point end;
};

struct ball {
  static constexpr shoal::message_tag tag{"ball", 1};
  clock_type::time_point end;
};

/// What both processes see. Each line has one writer.
struct shared {
  alignas(64) std::atomic<std::uint64_t> received{0};
  alignas(64) std::atomic<std::uint64_t> sent{0};
  alignas(64) std::atomic<bool> all_sent{false};
  std::atomic<std::uint64_t> returned{0};
};

shared& share() {
  void* const at =
      ::mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  return *new (at) shared;
}

double since(clock_type::time_point began) {
  return std::chrono::duration<double>(clock_type::now() - began).count();
}

std::chrono::milliseconds from_ms(std::uint64_t ms) { return std::chrono::milliseconds(ms); }

/// `what` is sent and counted.
template <typename T>
void describe_sending(shoal::app& app, shared& seen, const T& what) {
  app.on_message<T>([&](shoal::worker&, const T&, shoal::sender) {
    seen.received.store(seen.received.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);
  });
  app.on_message<order>(
      [&seen, copy = what](shoal::worker& self, const order& what, shoal::sender) {
        std::uint64_t sent = seen.sent.load(std::memory_order_relaxed);
        for (unsigned i = 0; i < sent_at_once && self.send(1 - self.id(), copy); ++i) ++sent;
        seen.sent.store(sent, std::memory_order_relaxed);
        const bool more = clock_type::now() < what.end;
        if (more && !self.send(self.id(), what)) std::abort();
        if (!more) seen.all_sent.store(true);
      });
}

void describe(shoal::app& app, shared& seen) {
  app.on_message<ball>([&](shoal::worker& self, const ball& what, shoal::sender from) {
    if (self.id() == 0) seen.returned.fetch_add(1);
    if (clock_type::now() < what.end && !self.send(from.worker, what)) std::abort();
  });
  app.get<"/send/{ms}">([&](shoal::context& c, std::uint64_t ms) -> shoal::task<std::string> {
    auto& self = c.worker();
    const auto began = clock_type::now();
    if (!self.send(self.id(), order{began + from_ms(ms)})) throw std::runtime_error("no room");
    while (!seen.all_sent.load()) co_await shoal::sleep(from_ms(1));
    while (seen.received.load() < seen.sent.load()) co_await shoal::sleep(from_ms(1));
    co_return std::to_string(static_cast<double>(seen.sent.load()) / since(began));
  });
  app.get<"/play/{ms}">([&](shoal::context& c, std::uint64_t ms) -> shoal::task<std::string> {
    auto& self = c.worker();
    const auto began = clock_type::now();
    const ball first{began + from_ms(ms)};
    if (!self.send(1 - self.id(), first)) throw std::runtime_error("no room for one");
    co_await shoal::sleep(from_ms(ms));
    co_return std::to_string(static_cast<double>(seen.returned.load()) / since(began));
  });
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view where = count > 1 ? arguments[1] : "";
  const double seconds = count > 2 ? std::atof(arguments[2]) : 0;
  const int bytes = count > 3 ? std::atoi(arguments[3]) : 0;
  if ((where != "inside" && where != "between") || seconds <= 0 || bytes < 0) {
    std::fputs("usage: message_bench inside|between SECONDS [BYTES]\n", stderr);
    return 2;
  }
  try {
    shoal::app app;
    auto& seen = share();
    describe(app, seen);
    if (bytes == 0) {
      describe_sending(app, seen, letter{});
    } else {
      describe_sending(app, seen, text{std::string(static_cast<std::size_t>(bytes), 'x')});
    }
    const std::string processes = where == "inside" ? "1" : "2";
    const std::string workers = where == "inside" ? "2" : "1";
    shoal::test::server server(app, {"--nodes", processes, "--workers", workers});
    const auto ms = std::to_string(static_cast<std::uint64_t>(seconds * 1000));
    const auto sent = server.get("/send/" + ms);
    const auto played = server.get("/play/" + ms);
    if (sent.status != 200 || played.status != 200) throw std::runtime_error(sent.body);
    std::printf("%s %s\n", sent.body.c_str(), played.body.c_str());
    return server.stop();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "message_bench: %s\n", failure.what());
    return 1;
  }
}
