// What the tests of the client share: scripted servers in virtual time.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "io/coroutines.h"
#include "io/sim/world.h"
#include "io/socket_address.h"
#include "shoal/http/client.h"
#include "shoal/io/address.h"

namespace shoal::http {

using namespace std::chrono_literals;
using io::sim::peer;
using std::string;

/// A server that answers the nth request it hears, over all its connections, as it is told.
struct scene {
  explicit scene(std::uint64_t seed = 1, const io::sim::faults& f = {})
      : w(seed, f), l(w.io()), all(l) {
    const int host = w.serve([this](peer& p) {
      ++visits;
      far = &p;
      p.on_received = [this](peer& q) {
        if (q.received().find(until) == string::npos) return;
        requests.push_back(q.take());
        if (answer) answer(q, requests.size());
      };
    });
    const tcp::address a(io::socket_address{w.address_of(host), sizeof(sockaddr_in)});
    url = "http://" + a.text();
  }
  void run() { EXPECT_TRUE(w.run(l)); }

  io::sim::world w;
  io::loop l;
  io::coroutines all;
  string url;
  string until = "\r\n\r\n";
  std::function<void(peer&, std::size_t)> answer;
  std::vector<string> requests;
  int visits = 0;
  peer* far = nullptr;
};

inline const string good = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// "200 hello", or why not.
inline task<string> outcome_of(const client& api, method verb, request_body body = {}) {
  try {
    auto r = co_await api.request(verb, "/x", {}, std::move(body));
    const auto text = co_await r.all();
    co_return std::to_string(r.status()) + ' ' + text;
  } catch (const client_error& failed) {
    constexpr const char* names[] = {"connect", "busy",     "timeout",
                                     "broken",  "protocol", "too_large"};
    co_return names[static_cast<int>(failed.why())];
  }
}

}  // namespace shoal::http
