#include "shoal/testing/client.h"

#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cluster/options/server_options.h"
#include "shoal/cluster/app.h"
#include "testing/answer_reader.h"
#include "testing/simulated_server.h"

namespace shoal::test {
namespace {

/// Of virtual time. What has not happened by then never will.
constexpr std::chrono::hours patience{1};

[[noreturn]] void no_answer(const char* why, const std::string& unread) {
  throw std::runtime_error(std::string("no answer comes: ") + why +
                           (unread.empty() ? "" : "; before that it sent \"" + unread + "\""));
}

}  // namespace

struct connection::state {
  enum class change : unsigned char { bytes, end, none };

  simulated_server& on;
  io::sim::peer& far;
  answer_reader reader{};
  std::string unread{};              // received
  std::deque<bool> asked_by_head{};  // of requests without an answer

  [[nodiscard]] bool gather() {
    const auto fresh = far.take();
    unread += fresh;
    return !fresh.empty();
  }

  /// Lets things happen until bytes come, or the end, or nothing can come any more.
  [[nodiscard]] change wait() {
    const auto until = on.loop.now() + patience;
    for (bool stuck = false;;) {
      if (gather()) return change::bytes;
      if (far.ended()) return change::end;
      if (stuck) return change::none;
      on.loop.run_turn();
      stuck = on.world.idle() || on.loop.now() > until;
    }
  }

  void wait_for_bytes() {
    switch (wait()) {
      case change::bytes:
        return;
      case change::end:
        no_answer("the server has closed the connection", unread);
      case change::none:
        no_answer("the handler waits for something that does not happen", unread);
    }
  }

  /// False: the server has closed the connection without a byte.
  [[nodiscard]] bool answer_begins() { return !unread.empty() || wait() != change::end; }
};

connection::connection(std::unique_ptr<state> made) noexcept : state_(std::move(made)) {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

void connection::ask(std::string_view method, std::string_view target, const fields& headers,
                     std::string_view body) {
  state_->asked_by_head.push_back(method == "HEAD");
  state_->far.send(write_request(method, target, headers, body));
}

void connection::send(std::string_view bytes) { state_->far.send(bytes); }

answer connection::read() {
  auto whole = read_head();
  for (auto piece = read_piece(); !piece.empty(); piece = read_piece()) whole.body += piece;
  return whole;
}

answer connection::read_head() {
  auto& s = *state_;
  while (!s.reader.body_over()) (void)read_piece();
  const bool to_head = !s.asked_by_head.empty() && s.asked_by_head.front();
  answer head;
  while (!s.reader.read_head(s.unread, to_head, head)) s.wait_for_bytes();
  if (!s.asked_by_head.empty()) s.asked_by_head.pop_front();
  return head;
}

std::string connection::read_piece() {
  auto& s = *state_;
  (void)s.gather();
  while (true) {
    auto piece = s.reader.read_body(s.unread, s.far.ended());
    if (!piece.empty() || s.reader.body_over()) return piece;
    if (!s.far.ended()) {
      if (s.wait() == state::change::none) no_answer("the body does not go on", s.unread);
    } else {
      no_answer("the server has closed the connection within a body", s.unread);
    }
  }
}

std::string connection::take() {
  (void)state_->gather();
  return std::exchange(state_->unread, {});
}

bool connection::ended() const {
  return state_->far.ended() && state_->far.received().empty() && state_->unread.empty();
}

void connection::finish() { state_->far.shutdown_send(); }
void connection::close() { state_->far.close(); }
void connection::reset() { state_->far.reset(); }

struct client::state {
  simulated_server on;
  std::optional<connection> kept;
  monotonic_time began = on.loop.now();
};

client::client(app& serving) : state_(std::make_unique<state>()) {
  constexpr unsigned connections = 10'000;
  state_->on.open(serving, cluster::server_options_of(serving.options(), connections));
}
client::~client() = default;

answer client::request(std::string_view method, std::string_view target, const fields& headers,
                       std::string_view body) {
  auto& kept = state_->kept;
  // The server may have closed a connection that was idle, as any server may: then once more.
  for (bool fresh = false;; kept.reset()) {
    if (!kept) {
      kept.emplace(connect());
      fresh = true;
    }
    kept->ask(method, target, headers, body);
    if (fresh || kept->state_->answer_begins()) return kept->read();
  }
}

std::string client::send(std::string_view bytes) {
  auto one = connect();
  one.send(bytes);
  const auto until = state_->on.loop.now() + patience;
  while (one.state_->wait() == connection::state::change::bytes && state_->on.loop.now() < until) {
  }
  return one.take();
}

connection client::connect() {
  auto& on = state_->on;
  auto& far = on.connect();
  // Else the turn in which an answer arrives goes on to the server's next timer.
  far.on_received = far.on_ended = [&on](io::sim::peer&) { on.world.io().wake(); };
  return connection(
      std::unique_ptr<connection::state>(new connection::state{.on = on, .far = far}));
}

void client::advance(std::chrono::nanoseconds time) {
  state_->on.pass(time);
  state_->on.settle();
}

std::chrono::nanoseconds client::elapsed() const { return state_->on.loop.now() - state_->began; }

}  // namespace shoal::test
