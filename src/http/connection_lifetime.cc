#include "http/connection.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "base/random.h"
#include "http/server_core.h"
#include "shoal/http/problem.h"

namespace shoal::http {
namespace {

/// After our last answer a peer that still sends is listened to this long: its bytes would
/// otherwise be met by a reset, which can destroy the answer on its way. However much it sends:
/// many clients send a whole body before they read.
constexpr std::chrono::seconds linger_time{2};

/// On drain: for a request that is on its way on an idle connection, and for the first one of a
/// connection that has just been accepted.
constexpr std::chrono::milliseconds idle_grace{100};
constexpr std::chrono::milliseconds fresh_grace{1000};

/// On a drain that takes its time: who comes that often hears of the end with an answer, and loses
/// no request that crosses it.
constexpr std::chrono::milliseconds used_grace{1000};

}  // namespace

/// After the last step: flushes, and decides what is waited for.
void connection::settle() noexcept {
  if (input_.empty()) pending_.reset();
  flush();
  if (!output_in_flight()) {
    if (active_ == nullptr && last_) return finish();
    if (peer_ended_ && !waits_turn_ && (active_ == nullptr || active_->reader)) return close();
    wait_for(awaited());
  }
  receive_if_wanted();
  if (phase_ == phase::request || phase_ == phase::turn) put_on_offer();
}

connection::phase connection::awaited() const noexcept {
  if (active_ != nullptr) return active_->reader ? phase::body : phase::handler;
  if (body_ != nullptr) return phase::body;
  if (waits_turn_) return phase::turn;
  return input_.empty() ? phase::request : phase::head;
}

void connection::wait_for(phase next) noexcept {
  const bool entered = phase_ != next;
  const auto now = core_.loop.now();
  if (entered && phase_ == phase::body && body_ != nullptr) body_->clock.pause(now);
  phase_ = next;
  switch (next) {
    case phase::request:
      return set_deadline(core_.draining ? rests_until() : now + core_.options.keep_alive_timeout);
    case phase::body:
      body_->clock.wait(now);
      return set_deadline(std::min(now + core_.options.body_timeout, body_->clock.deadline()));
    case phase::handler:
      return wait_for_handler(entered);
    case phase::head:  // absolute, however the head drips
      if (entered) set_deadline(now + core_.options.header_timeout);
      return;
    case phase::turn:  // it is for us to go on
      return set_deadline(never);
    case phase::send:
      measured_ = false;
      return set_deadline(now + core_.options.send_timeout / 2);
    case phase::linger:
      return set_deadline(now + linger_time);
  }
}

/// A handler may take its time, unless there is a limit, or its client has said its last word.
void connection::wait_for_handler(bool entered) noexcept {
  const auto& o = core_.options;
  const bool limited = peer_ended_ || (!streaming() && o.handler_timeout.count() != 0);
  nanoseconds patience = peer_ended_ ? o.half_close_timeout : o.handler_timeout;
  // What was let in to wait for a thread may wait.
  if (peer_ended_ && active_->has_jobs_out()) {
    patience = std::max<nanoseconds>(patience, core_.table.plans[active_->route].deadline);
  }
  const auto when = limited ? core_.loop.now() + patience : never;
  if (entered || deadline_ == never) {
    set_deadline(std::min(when, active_->away.awaited_until()));
  } else if (peer_ended_) {
    set_deadline(std::min(deadline_, when));
  }
}

/// Moves a timer only when it would come too late; one that comes too early looks again. So a
/// request costs a store and no timer.
void connection::set_deadline(monotonic_time when) noexcept {
  deadline_ = when;
  if (when == never) return;
  if (timer_.pending()) {
    if (timer_.when() <= when) return;
    core_.loop.cancel(timer_);
  }
  core_.loop.start(timer_, when);
}

void connection::deadline_expired() noexcept {
  if (deadline_ == never) return;
  if (core_.loop.now() < deadline_) return core_.loop.start(timer_, deadline_);
  if (departing_ || !receiving().take_back()) return;
  if (phase_ == phase::send && taken_fast_enough()) {
    return set_deadline(core_.loop.now() + core_.options.send_timeout / 2);
  }
  if (phase_ == phase::handler && active_->away.latest_start <= core_.loop.now()) {
    return thread_is_late();
  }
  if (phase_ == phase::handler && !peer_ended_) return handler_is_late();
  // Only a request that has begun and has no answer yet gets one.
  const bool begun = phase_ == phase::head && (served_ > 0 || !input_.empty());
  const bool unanswered = phase_ == phase::body && active_ != nullptr && !streaming();
  if (!begun && !unanswered) return close();
  release_active();
  refuse(408);
  advance();
}

/// A send is slow. Half the time limit is for a first look, the other for what is taken meanwhile.
bool connection::taken_fast_enough() noexcept {
  const auto acknowledged = core_.loop.io().facts(receiving().socket).acknowledged.value_or(0);
  const auto taken = acknowledged - std::exchange(acknowledged_, acknowledged);
  const bool first_look = !measured_;
  measured_ = true;
  if (first_look) return true;
  const auto half = core_.options.send_timeout / 2;
  const auto least = core_.options.min_rate * static_cast<std::uint64_t>(half.count()) / 1000;
  return taken >= std::max<std::uint64_t>(least, 1);
}

/// No thread has begun with the handler, unless one just has.
void connection::thread_is_late() noexcept {
  if (active_->away.awaited_until() != never) return errand_refused();
  active_->away.latest_start = never;
  wait_for_handler(true);
}

void connection::handler_is_late() noexcept try {
  const head* const request = active_->request;
  plan_unread_body(*request);
  answer_with(request, problem(status::service_unavailable).header("Retry-After", "1"));
  release_active();
  advance();
} catch (const std::bad_alloc&) {
  close();
}

/// Not at the same time as the others: where they come back to, they would come all at once.
nanoseconds connection::random_part_of(nanoseconds whole) const noexcept {
  if (whole <= nanoseconds::zero()) return nanoseconds::zero();
  const auto seed = reinterpret_cast<std::uintptr_t>(this) ^ to_ns(core_.loop.now());
  return nanoseconds(random_source(seed).below(static_cast<std::uint64_t>(whole.count())));
}

/// While draining, without a request.
monotonic_time connection::rests_until() const noexcept {
  const monotonic_time last{std::chrono::seconds(closes_at_)};
  const bool spread = core_.options.close_spread > nanoseconds::zero();
  const auto end = std::max(core_.loop.now(), last) + (spread ? used_grace : idle_grace);
  return std::min<monotonic_time>(end, core_.loop.now() + core_.options.keep_alive_timeout);
}

void connection::drain() noexcept {
  if (closing_ || !receiving().take_back()) return;
  const auto now = core_.loop.now();
  closes_at_ = std::min(closes_at_, in_seconds(now + random_part_of(core_.options.close_spread)));
  if (phase_ == phase::request) {
    set_deadline(std::min(deadline_, rests_until()));
  } else if (phase_ == phase::head && served_ == 0 && input_.empty()) {
    set_deadline(std::min(deadline_, now + fresh_grace));
  }
}

/// The last answer has left; what still comes is dropped.
void connection::linger(io::outcome what) noexcept {
  if (what.value > 0) return;
  if (what.error() != ECANCELED) return close();
  receive_if_wanted();  // it had been paused, with much input behind the request
}

/// The last answer has left.
void connection::finish() noexcept {
  if (!peer_ended_ && (unread_ || !input_.empty())) {
    input_ = {};
    pending_.reset();
    core_.loop.io().shutdown_send(receiving().socket);
    wait_for(phase::linger);
    return receive_if_wanted();
  }
  close();
}

void connection::close() noexcept {
  if (closing_) return;
  closing_ = true;
  input_ = {};
  if (waits_turn_) core_.slow.leave(*this);
  waits_turn_ = false;
  release_active();
  core_.loop.cancel(timer_);
  core_.loop.io().cancel(receiving());
  core_.loop.io().cancel(sending());
  if (tail_ != nullptr) core_.loop.io().cancel(*tail_);
  retire_when_quiet();
}

void connection::retire_when_quiet() noexcept {
  if (retired_ || receiving().in_flight() || output_in_flight()) return;
  retired_ = true;
  core_.outputs.release(filling_);
  core_.outputs.release(sending_);
  give_socket_back();
  if (place_ != nullptr) core_.lends->strike(*std::exchange(place_, nullptr));
  receiving().offer = nullptr;
  core_.retire(*this);
}

void connection::forsake() noexcept {
  if (active_ != nullptr) active_->forget_jobs();  // the executors have ended before the server
  release_active();
  core_.loop.cancel(timer_);
  core_.outputs.release(filling_);
  core_.outputs.release(sending_);
  retired_ = true;
}

}  // namespace shoal::http
