#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "http/address_text.h"
#include "http/connection.h"
#include "http/problem.h"
#include "http/server_core.h"

namespace shoal::http {
namespace {

/// From this size on a body is sent from where it lies instead of being copied behind its head.
constexpr std::size_t large_body_bytes = 32 * 1024;

/// Behind the empty line that may come before a request.
bool begins_with_head(std::string_view input) noexcept {
  if (input.starts_with("\r\n")) input.remove_prefix(2);
  return input.starts_with("HEAD ");
}

/// Its place among the counters of answers.
std::size_t class_of(int status) noexcept {
  return static_cast<std::size_t>(std::clamp(status / 100, 2, 5) - 2);
}

}  // namespace

void connection::respond(std::string_view text) {
  const head& request = *core_.immediate.request;
  if (text.size() >= large_body_bytes) return answer_with(&request, response::borrowed_text(text));
  write(&request, {.content_type = "text/plain", .content_length = text.size()},
        request.verb == method::head ? std::string_view{} : text);
}

void connection::respond(response&& with) { answer_with(core_.immediate.request, std::move(with)); }

/// Throws before anything has been written, or not at all.
void connection::answer_with(const head* request, response&& with) {
  if (with.late() != nullptr) return answer_late(request, std::move(with));
  const bool bodiless = has_no_body(with.code());
  const answer what{.status = with.code(),
                    .content_type = bodiless ? std::string_view{} : with.content_type(),
                    .fields = with.fields(),
                    .body = bodiless ? answer::framing::none : answer::framing::length,
                    .content_length = with.body().size()};
  const bool headless = bodiless || (request != nullptr && request->verb == method::head);
  if (headless) return write(request, what, {});
  if (with.body().size() < large_body_bytes) return write(request, what, with.body());
  auto large = std::make_unique<tail>(*this, std::move(with).take_body());
  write(request, what, {});
  if (!closing_) tail_ = std::move(large);
}

/// In a catch block.
void connection::answer_failure(context& failed) noexcept try {
  answer_with(failed.request_.request, failure_answer(failed));
} catch (...) {
  close();
}

/// An answer to what is no request that could be served; nothing is read after it.
void connection::refuse(int status) noexcept try {
  // The method may be good although the rest is not, and no answer to HEAD has a body.
  const bool to_head = body_ == nullptr && begins_with_head(input_);
  body_.reset();
  input_ = {};
  last_ = true;
  unread_ = true;
  ++core_.counters.requests_total;
  auto answer = problem_answer(status);
  if (status == 503) answer.header("Retry-After", "1");
  write(nullptr,
        {.status = status,
         .content_type = answer.content_type(),
         .fields = answer.fields(),
         .content_length = answer.body().size()},
        to_head ? std::string_view{} : answer.body());
} catch (const std::bad_alloc&) {
  close();
}

/// Whether no request is served after this answer. Where that is not the client's own wish, it may
/// have sent another one already.
bool connection::ends_after(const head* request) noexcept {
  if (request != nullptr && !request->keep_alive) return true;
  const auto& o = core_.options;
  const bool ends = request == nullptr || (o.max_requests != 0 && served_ >= o.max_requests) ||
                    in_seconds(core_.loop.now()) >= closes_at_;
  if (ends) unread_ = true;
  return ends;
}

void connection::write(const head* request, answer what, std::string_view body) noexcept {
  if (!last_) last_ = ends_after(request);
  if (last_) {
    what.connection = answer::persistence::close;
  } else if (request->minor_version == 0) {
    what.connection = answer::persistence::keep_alive;
  }
  what.date_line = core_.date.at(core_.loop.now());
  if (request != nullptr) {
    ++core_.counters.requests_total;
    count_time();
  }
  ++core_.counters.answers[class_of(what.status)];
  if (!write_answer(core_.outputs, filling_, what, body)) return close();
  if (core_.options.observer == nullptr || streaming()) return;
  exchange* const served = active_ != nullptr ? active_ : &core_.immediate;
  const bool sent_apart =
      what.body == answer::framing::length && request != nullptr && request->verb != method::head;
  observe(request != nullptr ? served : nullptr, request, what.status,
          sent_apart ? what.content_length : body.size());
}

/// An answer leaves when its turn ends, and who sees that knows how long the turn was: no clock for
/// each request.
void connection::count_time() noexcept {
  if (active_ == nullptr || active_->arrived == core_.loop.now()) {
    ++core_.counters.answered_at_once;
    return;
  }
  const auto took = read_clock() - active_->arrived;
  for (auto* const tally : {core_.options.tally, core_.also_counts}) {
    if (tally != nullptr) shm::add_latency(*tally, took, 1);
  }
}

void connection::observe(exchange* of, const head* request, int status,
                         std::uint64_t body_bytes) noexcept {
  answered_request told{.request = request, .status = status, .body_bytes = body_bytes};
  if (of != nullptr) {
    told.took = std::max(nanoseconds(0), nanoseconds(core_.options.clock() - of->began));
    // A handler that is late may be drawing it on another thread.
    if (of != active_ || !active_->has_jobs_out()) told.request_id = of->id;
  }
  try {
    told.remote = remote();
  } catch (const std::bad_alloc&) {  // then it is not known
  }
  core_.options.observer->answered(told);
}

const std::string& connection::remote() {
  if (remote_ == nullptr) {
    const auto facts = core_.loop.io().facts(receiving().socket);
    remote_ = std::make_unique<std::string>(address_text(facts.peer));
  }
  return *remote_;
}

bool connection::output_in_flight() const noexcept {
  return sending().in_flight() || (tail_ != nullptr && tail_->in_flight());
}

/// Hands answers to the driver if it has none of this connection.
void connection::flush() noexcept {
  if (output_in_flight()) return;
  if (filling_ != nullptr) {
    sending_ = std::exchange(filling_, nullptr);
    sending().bytes = sending_->bytes();
    sending().more_follows = tail_ != nullptr;
  } else if (tail_ != nullptr && tail_->is_file()) {
    tail_->aim_at_file(receiving().socket);
    wait_for(phase::send);
    return core_.loop.io().start(*tail_);
  } else if (tail_ != nullptr) {
    sending().bytes = tail_->slice_of_bytes();
    sending().more_follows = tail_->left() > sending().bytes.size();
  } else {
    return;
  }
  wait_for(phase::send);
  core_.loop.io().start(sending());
}

void connection::sent(io::outcome what) noexcept {
  if (closing_) return retire_when_quiet();
  if (!what.ok()) return close();
  if (sending_ != nullptr) {
    core_.outputs.release(sending_);
  } else {
    tail_->took(static_cast<std::uint64_t>(what.value));
    if (tail_->left() == 0) tail_.reset();
  }
  advance();
}

void connection::file_sent(io::outcome what) noexcept {
  if (closing_) return retire_when_quiet();
  if (!what.ok()) return close();
  const auto sent = static_cast<std::uint64_t>(what.value);
  if (sent < tail_->next_slice()) return close();  // the file has become shorter than announced
  tail_->took(sent);
  if (tail_->left() == 0) tail_.reset();
  advance();
}

void tail::file_sent(io::outcome what) noexcept { owner_.file_sent(what); }

}  // namespace shoal::http
