// Whole connections on the simulated network. The first two bytes choose the server and the
// network, the rest is what clients do (script.h). What must hold:
//
// - A client gets the very answers that it gets when it sends the same bytes at once, alone, to a
//   server without limits on its buffers; if its connection was broken, a beginning of them.
// - These are as many as a plain count of its requests says; fewer only behind "Connection: close".
// - At the end nothing is left: no connection, no socket, no handler, no request in flight.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/answers.h"
#include "fuzz/connection_routes.h"
#include "fuzz/pieces.h"
#include "fuzz/script.h"
#include "http/body_source.h"
#include "http/site.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;
using fuzz::act;
using fuzz::client_script;

struct setting {
  bool small_limits = false;
  bool small_buffers = false;
  bool few_connections = false;
  bool short_times = false;
  bool drains = false;           ///< the server, in the middle of it all
  std::uint64_t fault_seed = 0;  ///< 0: a perfect network

  static setting from(std::string_view input) {
    const auto flags = input.empty() ? 0U : static_cast<unsigned char>(input[0]);
    return {.small_limits = (flags & 1U) != 0,
            .small_buffers = (flags & 2U) != 0,
            .few_connections = (flags & 4U) != 0,
            .short_times = (flags & 8U) != 0,
            .drains = (flags & 16U) != 0,
            .fault_seed = input.size() < 2 ? 0U : static_cast<unsigned char>(input[1])};
  }
  [[nodiscard]] server_options options() const {
    server_options o{.body_bytes = small_limits ? 32U : 64 * 1024U,
                     .header_timeout = 1h,
                     .body_timeout = 1h,
                     .request_timeout = 2h,
                     .min_rate = 0,
                     .half_close_timeout = 1h,
                     .keep_alive_timeout = 2h,
                     .send_timeout = 1h,
                     .max_connections = few_connections ? 1U : 1000U};
    if (small_limits) {
      o.head = {.request_line_bytes = 40, .head_bytes = 160, .fields = 5};
      o.unsent_bytes = 64;
      o.discarded_bytes = 16;
      o.max_requests = 4;
    }
    if (short_times) {
      o.header_timeout = o.body_timeout = o.send_timeout = o.half_close_timeout = 20ms;
      o.request_timeout = o.handler_timeout = 40ms;
      o.keep_alive_timeout = 50ms;
      o.rate_grace = 10ms;
      o.min_rate = 2000;
      o.max_connection_age = 1s;
    }
    return o;
  }
  [[nodiscard]] io::sim::faults faults() const {
    if (fault_seed == 0) return {};
    random_source random(fault_seed);
    return io::sim::draw_faults(random);
  }
  [[nodiscard]] io::driver_options driver() const {
    if (!small_buffers) return {};
    return {.receive_buffers = 2, .receive_buffer_bytes = 64};
  }
};

/// Lets a client do what its script says.
class player final {
 public:
  player(site& where, const client_script& script)
      : where_(where), peer_(where.connect()), script_(script) {
    go_on();
  }
  player(const player&) = delete;
  player& operator=(const player&) = delete;

  [[nodiscard]] const std::string& received() const { return peer_.received(); }
  [[nodiscard]] bool was_reset() const { return peer_.was_reset(); }

 private:
  void go_on() {
    while (at_ < script_.acts.size() && !peer_.ended() && !peer_.closed()) {
      const auto& next = script_.acts[at_++];
      nanoseconds delay{1};  // a segment of its own
      switch (next.what) {
        case act::kind::send:
          peer_.send(next.bytes);
          break;
        case act::kind::wait:
          delay = next.time;
          break;
        case act::kind::finish:
          at_ = script_.acts.size();
          return peer_.shutdown_send();
        case act::kind::reset:
          at_ = script_.acts.size();
          return peer_.reset();
        case act::kind::stop_reading:
          peer_.pause_reading();
          continue;
        case act::kind::read_on:
          peer_.resume_reading();
          continue;
      }
      return where_.world.after(delay, [this] { go_on(); });
    }
  }

  site& where_;
  io::sim::peer& peer_;
  const client_script& script_;
  std::size_t at_ = 0;
};

void expect_rest(site& s) {
  SHOAL_CHECK(s.server->counters().connections_open == 0);
  SHOAL_CHECK(s.server->counters().requests_in_flight == 0);
  SHOAL_CHECK(s.world.open_sockets() == 1);
  SHOAL_CHECK(frames_alive() == 0);
}

/// What a client gets that sends all at once to a server with nothing else to do.
std::string answered_alone(const client_script& script, const setting& chosen) {
  site s;
  add_routes(s.routes);
  s.open(setting{.small_limits = chosen.small_limits}.options());
  client_script plain;
  plain.acts.push_back({.bytes = script.content()});
  if (script.does(act::kind::finish)) plain.acts.push_back({.what = act::kind::finish});
  player only(s, plain);
  SHOAL_CHECK(s.run());
  expect_rest(s);
  return only.received();
}

/// The requests in a stream, found without a connection.
struct plain_count {
  std::vector<bool> heads;  ///< for each: it is HEAD
  std::size_t sure = 0;     ///< so many must be answered, the rest may be
  bool waits = false;       ///< some request says "Expect: 100-continue"
  int refusal = 0;          ///< the status that the last of them gets, 0 if it is a good one
};

/// A request that cannot be read may still ask for no body.
bool begins_with_head(std::string_view rest) {
  if (rest.starts_with("\r\n")) rest.remove_prefix(2);
  return rest.starts_with("HEAD ");
}

plain_count count_requests(std::string_view rest, const setting& chosen, bool finished) {
  const auto limits = chosen.options().head;
  plain_count seen;
  while (!rest.empty()) {
    parse_progress progress;
    head h;
    const auto parsed = parse_head(rest, limits, progress, h);
    if (parsed.status == parse_status::partial) {  // 408, if there is time for it
      if (!finished) seen.heads.push_back(begins_with_head(rest));
      break;
    }
    seen.heads.push_back(begins_with_head(rest));
    if (parsed.status == parse_status::invalid) {
      seen.refusal = parsed.error_status;
      ++seen.sure;
      break;
    }
    seen.waits |= h.expects_continue;
    rest.remove_prefix(parsed.skipped + h.size);
    body_source body(h, {}, body_clock(1h, 1h, 0));
    auto step = body.next(rest);
    for (; step.what == chunked_decoder::status::data; step = body.next(rest)) {
    }
    if (step.what != chunked_decoder::status::done) break;
    ++seen.sure;
    if (!h.keep_alive) break;
  }
  return seen;
}

void check_count(const std::string& bytes, const plain_count& expected) {
  const auto answers = fuzz::read_answers(bytes, expected.heads);
  SHOAL_CHECK(answers.size() <= expected.heads.size());
  SHOAL_CHECK(answers.size() >= expected.sure || (!answers.empty() && answers.back().close));
  for (const auto& a : answers) SHOAL_CHECK(a.whole);
  if (expected.refusal != 0 && answers.size() == expected.heads.size())
    SHOAL_CHECK(answers.back().status == expected.refusal);
}

void run(std::string_view input) {
  const auto chosen = setting::from(input);
  const auto scripts = fuzz::read_script(input.substr(std::min<std::size_t>(2, input.size())), 4);
  site s(chosen.fault_seed + 1, chosen.faults(), chosen.driver());
  add_routes(s.routes);
  s.open(chosen.options());
  std::list<player> players;
  for (const auto& script : scripts) players.emplace_back(s, script);
  if (chosen.drains) s.world.after(15ms, [&s] { s.server->drain(); });
  SHOAL_CHECK(s.run());
  expect_rest(s);
  SHOAL_CHECK(!chosen.drains || s.server->drained());

  auto played = players.begin();
  for (const auto& script : scripts) {
    const player& client = *played++;
    const auto alone = answered_alone(script, chosen);
    const auto expected = count_requests(script.content(), chosen, script.does(act::kind::finish));
    check_count(alone, expected);
    // Whether "100 Continue" is said depends on when the body comes; short times and a drain cut
    // anywhere, and a full server says so. Then it is only the form that counts.
    if (expected.waits || chosen.short_times || chosen.drains || chosen.few_connections) {
      fuzz::read_answers(client.received(), expected.heads);
      continue;
    }
    const bool cut_short =
        client.was_reset() || script.does(act::kind::reset) || script.does(act::kind::stop_reading);
    SHOAL_CHECK(alone.starts_with(client.received()));
    SHOAL_CHECK(cut_short || alone == client.received());
  }
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::http::run(shoal::fuzz::as_text(data, size));
  return 0;
}
