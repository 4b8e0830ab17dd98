// What the server of the connection target serves: every kind of handler, body and answer there is.
#pragma once

#include <sys/mman.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "shoal/http/body_filter.h"
#include "shoal/http/error.h"
#include "shoal/http/event_stream.h"
#include "shoal/http/hooks.h"
#include "shoal/http/routes.h"
#include "shoal/io/sleep.h"

namespace shoal::http {

/// Coroutines of handlers and producers that have begun and not ended.
inline int& frames_alive() {
  static int count = 0;
  return count;
}

struct alive {
  alive() { ++frames_alive(); }
  alive(const alive&) = delete;
  alive& operator=(const alive&) = delete;
  ~alive() { --frames_alive(); }
};

inline task<response> echo(context& c) {
  alive here;
  auto in = c.body();
  auto body = co_await in.all();
  co_return response::bytes(std::move(body));
}

inline task<response> echo_pieces(context& c) {
  alive here;
  auto in = c.body();
  std::string whole;
  for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) {
    whole += piece;
    co_await sleep(std::chrono::milliseconds(1));
  }
  co_return response::bytes(std::move(whole));
}

inline task<std::string> nap(std::uint64_t ms) {
  alive here;
  co_await sleep(std::chrono::milliseconds(ms % 1000));
  co_return "slept";
}

/// Reads a piece and leaves the rest.
inline task<std::string> glance(context& c) {
  alive here;
  auto in = c.body();
  co_await in.next();
  co_return "seen";
}

/// Pieces of growing size; every other time it waits in between.
inline body_producer pieces(std::uint64_t count) {
  return [count](body_writer& out) -> task<void> {
    alive here;
    for (std::uint64_t i = 1; i <= count; ++i) {
      const std::string piece(i * 11, static_cast<char>('a' + i % 26));
      co_await out.write(piece);
      if (i % 2 == 0) co_await sleep(std::chrono::milliseconds(1));
    }
  };
}

class turns_case final : public body_filter {
 public:
  void transform(std::string_view in, bool last, std::string& out) override {
    for (const char c : in) out += static_cast<char>(c ^ 0x20);
    if (last) out += '.';
  }
};

inline file_part part_of_file(std::uint64_t bytes) {
  static const auto file = [] {
    constexpr std::size_t size = 200'000;
    const int descriptor = ::memfd_create("fuzz", MFD_CLOEXEC);
    const std::string content(size, 'f');
    SHOAL_CHECK(descriptor >= 0 && ::write(descriptor, content.data(), size) == size);
    return std::make_shared<const open_file>(descriptor);
  }();
  return {.file = file, .offset = bytes % 7, .bytes = bytes % 190'000};
}

inline void add_streams(routes& r) {
  r.get<"/s/{n}">([](std::uint64_t n) { return response::stream("text/csv", pieces(n % 60)); });
  r.get<"/l/{n}">([](std::uint64_t n) {
    const auto count = n % 60;
    return response::stream("text/csv", 11 * count * (count + 1) / 2, pieces(count));
  });
  r.get<"/v">([] {
    return events([](event_stream& out) -> task<void> {
      alive here;
      for (int i = 0; i < 3; ++i) {
        co_await out.send({.data = "one\ntwo", .id = "7"});
        co_await sleep(std::chrono::milliseconds(3));
      }
    });
  });
  r.get<"/f/{n}">([](std::uint64_t n) { return response::file("text/plain", part_of_file(n)); });
  r.get<"/c/{n}">([](std::uint64_t n) {
    auto answer = n % 2 == 0 ? response::text(std::string(n % 9999, 'x'))
                             : response::stream("text/plain", pieces(n % 20));
    answer.filter(std::make_unique<turns_case>());
    return answer;
  });
}

inline void add_hooks(routes& r) {
  auto group = r.group<"/g/{tenant}">();
  group.before([](context& c) -> std::optional<response> {
    if (c.header("x-stop")) return response(status::forbidden);
    return std::nullopt;
  });
  group.use([](context& c, next inner) -> task<response> {
    alive here;
    const bool waits = c.header("x-wait").has_value();
    if (waits) co_await sleep(std::chrono::milliseconds(2));
    auto answer = co_await inner();
    answer.header("X-Onion", "1");
    co_return answer;
  });
  group.get<"/h">([](std::string tenant) { return tenant; });
  group.post<"/e">([](context& c, std::string) { return echo(c); });
  r.after([](context&, response& answer) { answer.header("X-After", "1"); });
}

inline void add_routes(routes& r) {
  r.get<"/h">([] { return "hello"; });
  r.get<"/u/{id}">([](std::uint64_t id) { return std::to_string(id); });
  r.get<"/n/{name}">([](std::string name) { return name; });
  r.get<"/b/{bytes}">(
      [](std::size_t bytes) { return response::bytes(std::string(bytes % 100'000, 'b')); });
  r.get<"/t">([]() -> std::string { throw http_error(status::conflict, "taken"); });
  r.get<"/z/{ms}">(nap);
  r.get<"/204">([] { return status::no_content; });
  r.post<"/e">(echo);
  r.post<"/p">(echo_pieces);
  r.post<"/o">(glance);
  r.post<"/i">([] { return "ignored"; });
  r.any<"/any/{rest...}">([](std::string rest) { return rest; });
  add_streams(r);
  add_hooks(r);
}

}  // namespace shoal::http
