// What the tests of generators share: a load on the simulated network, in virtual time, against a
// scripted server.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/sim/world.h"
#include "load/generator.h"
#include "load/measure.h"
#include "load/report.h"
#include "load/request_kind.h"
#include "load/tape.h"
#include "support/allocations.h"

namespace shoal::load {

using namespace std::chrono_literals;
using io::sim::peer;

[[nodiscard]] inline monotonic_time virtual_time(const io::driver& d) noexcept { return d.now(); }

inline const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

inline request_kind kind(std::string path, double weight = 1) {
  request_kind made;
  made.name = path;
  made.path = std::move(path);
  made.weight = weight;
  return made;
}

/// A server whose `answer` is called with each request that it hears, and the load that it is
/// given.
struct scene {
  explicit scene(std::uint64_t seed = 1, const io::sim::faults& faults = {}) : w(seed, faults) {
    const int host = w.serve([this](peer& p) { visit(p); });
    asked.to.host = "sim";
    asked.to.address = {w.address_of(host), sizeof(sockaddr_in)};
    asked.kinds = {kind("/")};
    asked.connections = 4;
    asked.warm_up = 0ms;
    asked.duration = 1s;
    asked.gather = 0us;
    asked.spin = 0us;  // virtual time does not pass while somebody looks
  }

  /// As a whole load does it, on one thread.
  report run() {
    begin();
    const report seen = measure(*made, asked, w.now(), false);
    made.reset();
    EXPECT_EQ(w.open_sockets(), 1U) << "but for the server's own";
    return seen;
  }

  void begin() {
    std::vector<std::string> texts;
    for (const request_kind& each : asked.kinds) {
      texts.push_back(make_request(each, asked.to.host, asked.keep_alive));
    }
    tapes.push_back(tape::make(asked.kinds, texts, asked.pipeline, asked.seed).value());
    for (std::size_t i = 0; i < asked.kinds.size(); ++i) first.emplace_back();
    common.emplace(common_ground{asked, tapes.back(), first});
    made = std::make_unique<generator>(*common, share{}, w.io(), virtual_time);
  }

  void visit(peer& p) {
    test::exempt_allocations(true);
    ++visits;
    p.on_received = [this](peer& q) {
      test::exempt_allocations(true);
      std::string& text = unread[&q];
      text += q.take();
      for (std::size_t end; (end = text.find("\r\n\r\n")) != text.npos;) {
        const std::string request = text.substr(0, end);
        text.erase(0, end + 4);
        ++requests;
        answer(q, request);
      }
      test::exempt_allocations(false);
    };
    test::exempt_allocations(false);
  }

  io::sim::world w;
  options asked;
  std::function<void(peer&, const std::string& request)> answer = [](peer& p, const std::string&) {
    p.send(good);
  };
  std::map<peer*, std::string> unread;
  int visits = 0;
  std::uint64_t requests = 0;

  std::deque<tape> tapes;
  std::deque<first_body> first;
  std::optional<common_ground> common;
  std::unique_ptr<generator> made;
};

}  // namespace shoal::load
