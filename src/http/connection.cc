// Input and serving. Answers are in connection_answer.cc, bodies in connection_body.cc, streams in
// connection_stream.cc, handlers on other threads in connection_away.cc, moves in
// connection_move.cc, deadlines and the end in connection_lifetime.cc.
#include "http/connection.h"

#include <new>
#include <stdexcept>
#include <utility>

#include "base/check.h"
#include "http/server_core.h"
#include "shoal/http/problem.h"

namespace shoal::http {
namespace {

/// What a request takes besides its handler, and with it where that is not worth a look at the
/// clock.
constexpr std::uint32_t request_us = 10;

// Ten thousand idle ones are 3 MB.
static_assert(sizeof(connection) <= 304);

/// The match's parameters over a copy of the head's bytes.
route_match rebased(route_match match, const char* from, const char* to) noexcept {
  for (std::size_t i = 0; i < match.parameter_count; ++i) {
    auto& parameter = match.parameters[i];
    parameter = {to + (parameter.data() - from), parameter.size()};
  }
  return match;
}

}  // namespace

connection::connection(server_core& core, int socket) noexcept : core_(core) {
  receiving().socket = socket;
  sending().socket = socket;
  if (core_.lends != nullptr) place_ = core_.lends->enlist(*this, socket);
  if (place_ != nullptr) receiving().offer = &place_->offer;
}

connection::~connection() { SHOAL_DCHECK(retired_); }

void connection::open() noexcept {
  const auto now = core_.loop.now();
  closes_at_ = in_seconds(now + core_.options.max_connection_age * (900 + to_ns(now) % 200) / 1000);
  core_.loop.io().start(receiving());
  set_deadline(now + core_.options.header_timeout);
  put_on_offer();
}

void connection::turn_away() noexcept {
  core_.loop.io().start(receiving());
  ++core_.counters.turned_away;
  refuse(503);
  advance();
}

// ---- input

void connection::received(io::outcome what, io::lease lease) noexcept {
  if (closing_) return what.value > 0 && moved_ ? core_.misread(*this) : retire_when_quiet();
  const auto arrived = lease.bytes();
  if (departing_ && what.value <= 0) return leave(what);
  if (phase_ == phase::linger) return linger(what);
  if (what.value > 0) return take({reinterpret_cast<const char*>(arrived.data()), arrived.size()});
  if (what.value == 0) {
    peer_ended_ = true;
    return advance();
  }
  if (what.error() != ECANCELED) return close();
  receive_if_wanted();
}

void connection::take(std::string_view arrived) noexcept try {
  if (body_ != nullptr) body_->clock.received(arrived.size());
  const bool in_lease = input_.empty();
  if (in_lease) {
    input_ = arrived;
  } else {
    append_pending(arrived);
  }
  if (!departing_) advance();
  if (in_lease && !input_.empty()) {
    pending_ = std::make_unique<std::string>(input_);
    input_ = *pending_;
  }
} catch (const std::bad_alloc&) {
  if (receiving().take_back()) close();  // an offer is of this turn: nobody has taken it
}

void connection::append_pending(std::string_view arrived) {
  pending_->erase(0, static_cast<std::size_t>(input_.data() - pending_->data()));
  pending_->append(arrived);
  input_ = *pending_;
}

void connection::receive_if_wanted() noexcept {
  if (input_.size() > pending_bytes_max) {
    core_.loop.io().cancel(receiving());
  } else if (!receiving().in_flight() && !peer_ended_) {
    core_.loop.io().start(receiving());
  }
}

// ---- serving

void connection::advance() noexcept {
  if (advancing_ || closing_) return;
  advancing_ = true;
  while (!closing_ && step()) {
  }
  advancing_ = false;
  if (!closing_ && !departing_) settle();
}

/// Does the one thing that comes next. False: nothing can be done now.
bool connection::step() noexcept {
  if (handler_done_) {
    streaming() ? finish_stream() : take_result();
    return true;
  }
  if (streaming() && advance_stream()) return true;
  if (body_ != nullptr) return advance_body();
  return active_ == nullptr && !waits_turn_ && may_serve() && serve_next();
}

bool connection::may_serve() const noexcept { return !last_ && tail_ == nullptr && has_room(); }

bool connection::has_room() const noexcept {
  return filling_ == nullptr || filling_->size() < core_.options.unsent_bytes;
}

bool connection::serve_next() noexcept {
  if (input_.empty()) return false;
  head& request = core_.parsed;
  const auto parsed = parse_head(input_, core_.options.head, progress_, request);
  if (parsed.status == parse_status::partial) return false;
  if (parsed.status == parse_status::invalid) {
    refuse(parsed.error_status);
    return false;
  }
  progress_ = {};
  if (core_.may_send_away() && !belongs_here(request)) return false;
  const auto match = core_.table.router.match(request.verb, request.text(request.path));
  if (!has_turn(match)) return false;
  input_.remove_prefix(parsed.skipped + request.size);
  if (++served_ == 1) --core_.counters.unserved;
  work_us_ += request_us;
  continued_ = false;
  if (request.body == framing::chunked || request.content_length > 0) {
    const auto& o = core_.options;
    const body_clock times(o.request_timeout, o.rate_grace, o.min_rate);
    body_.reset(new (std::nothrow) body_source(request, o.chunked, times));
    if (body_ == nullptr) {
      close();
      return false;
    }
    body_->clock.received(input_.size());
  }
  serve(match, request);
  return true;
}

/// False: its handler would hold this worker for long, and waits for a turn of its own.
bool connection::has_turn(const route_match& match) noexcept {
  if (has_turn_ || !core_.costs.watches() || match.what != route_match::kind::found) return true;
  if (core_.costs.of(match.route) != route_costs::place::own_turn) return true;
  waits_turn_ = true;
  core_.slow.enter(*this);
  return false;
}

void connection::take_turn() noexcept {
  if (!receiving().take_back()) return;  // others have it and its request, and may look at it yet
  waits_turn_ = false;
  has_turn_ = true;
  advance();
}

void connection::serve(const route_match& match, const head& request) noexcept {
  has_turn_ = false;
  const bool found = match.what == route_match::kind::found;
  if (core_.lends != nullptr) {
    core_.lends->request.begins(
        found ? static_cast<std::uint32_t>(match.route) : current_request::no_route, this);
  }
  const endpoint& target = found ? core_.table.endpoints[match.route] : core_.table.unrouted;
  if (!found) return dispatch(target, match, request);
  if (core_.costs.executor_of(match.route) != nullptr) return dispatch_away(target, match, request);
  if (core_.costs.watches()) return dispatch_watched(target, match, request);
  dispatch(target, match, request);
}

/// What was answered in this turn shall not wait for a handler that takes long.
void connection::dispatch_watched(const endpoint& target, const route_match& match,
                                  const head& request) noexcept {
  const std::size_t route = match.route;
  if (core_.costs.of(route) == route_costs::place::own_turn) core_.loop.io().flush();
  static_cast<void>(core_.serving.take_touched());
  handler_clock clock;
  clock.start(core_.costs.moves_routes());
  dispatch(target, match, request);
  const handler_run took = clock.stop();
  work_us_ += static_cast<std::uint32_t>(took.wall.count() / 1000);
  core_.costs.ran_here(route, took, core_.serving.take_touched());
}

void connection::dispatch(const endpoint& target, const route_match& match,
                          const head& request) noexcept {
  return target.start != nullptr ? start(target, match, request) : call(target, match, request);
}

void connection::call(const endpoint& target, const route_match& match,
                      const head& request) noexcept {
  exchange& x = core_.immediate;
  x.reset(*this, request);
  plan_unread_body(request);
  context view(x);
  try {
    if (!x.set_parameters(match)) return dispatch(core_.table.unfound, {}, request);
    if (!target.answer(target.handler.get(), view)) {
      answer_with(&request, problem(status::not_found));
    }
  } catch (...) {
    release_active();  // a body that could not be begun
    answer_failure(view);
  }
}

/// False: a parameter has a broken escape. Throws std::bad_alloc.
bool connection::open_active(const route_match& match, const head& request) {
  active_ = core_.exchanges.acquire();
  ++core_.counters.requests_in_flight;
  active_->open(*this, request);
  active_->body_over = body_ == nullptr;
  if (active_->set_parameters(rebased(match, request.base, active_->request->base))) return true;
  release_active();
  return false;
}

void connection::start(const endpoint& target, const route_match& match,
                       const head& request) noexcept {
  try {
    if (!open_active(match, request)) return dispatch(core_.table.unfound, {}, request);
    active_->route = match.route;
    active_->watched = core_.costs.watches();
    if (!target.start(target.handler.get(), active_->view, active_->handler)) {
      plan_unread_body(request);
      answer_with(&request, problem(status::not_found));
      return release_active();
    }
    if (!active_->handler) throw std::logic_error("it returned an empty task");
    handler_done_ = active_->handler.start(*active_, active_);
  } catch (...) {
    // No memory for the exchange or the handler's frame, or a handler that is no coroutine itself
    // and threw before it made one.
    core_.immediate.reset(*this, request);
    plan_unread_body(request);
    context failed(core_.immediate);
    answer_failure(failed);
    release_active();
  }
}

void connection::handler_finished() noexcept {
  handler_done_ = true;
  advance_later();
}

/// The handler has run, whoever resumed it.
void connection::advance_later() noexcept {
  if (!advancing_ && !active_->linked()) core_.loop.defer(*active_);
}

void connection::take_result() noexcept {
  const head& request = *active_->request;
  handler_done_ = false;
  try {
    response result =
        active_->away.has_answer() ? active_->away.take_answer() : active_->handler.take();
    if (result.late() == nullptr || !result.late()->streams()) plan_unread_body(request);
    answer_with(&request, std::move(result));
  } catch (...) {
    plan_unread_body(request);
    answer_failure(active_->view);
  }
  if (!streaming()) release_active();
}

void connection::release_active() noexcept {
  if (active_ == nullptr) return;
  if (streaming() && core_.options.observer != nullptr) {
    observe(active_, active_->request, active_->status, active_->written);
  }
  handler_done_ = false;
  --core_.counters.requests_in_flight;
  if (!active_->has_jobs_out()) return core_.exchanges.release(active_);
  std::exchange(active_, nullptr)->leave(std::move(remote_));
}

}  // namespace shoal::http
