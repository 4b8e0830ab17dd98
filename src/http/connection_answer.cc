#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "http/connection.h"
#include "http/problem.h"
#include "http/server_core.h"

namespace shoal::http {
namespace {

/// From this size on a body is sent from where it lies instead of being copied behind its head.
constexpr std::size_t large_body_bytes = 32 * 1024;

/// It leaves in sends of this size, so that the time limit of a send is one for progress.
constexpr std::size_t large_slice_bytes = 128 * 1024;

}  // namespace

void connection::respond(std::string_view text) {
  const head& request = *core_.immediate.request;
  if (text.size() >= large_body_bytes) return answer_with(&request, response::borrowed_text(text));
  write(&request, {.content_type = "text/plain", .content_length = text.size()},
        request.verb == method::head ? std::string_view{} : text);
}

void connection::respond(response&& with) {
  answer_with(core_.immediate.request, std::move(with));
}

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
  auto large = std::make_unique<std::string>(std::move(with).take_body());
  write(request, what, {});
  if (!closing_) large_body_ = std::move(large);
}

/// In a catch block.
void connection::answer_failure(context& failed) noexcept try {
  answer_with(failed.request_.request, failure_answer(failed));
} catch (...) {
  close();
}

/// An answer to what is no request that could be served; nothing is read after it.
void connection::refuse(int status) noexcept try {
  body_.reset();
  input_ = {};
  last_ = true;
  unread_ = true;
  ++core_.counters.requests_total;
  answer_with(nullptr, problem_answer(status));
} catch (const std::bad_alloc&) {
  close();
}

void connection::write(const head* request, answer what, std::string_view body) noexcept {
  if (request == nullptr || !request->keep_alive || core_.draining) last_ = true;
  if (last_) {
    what.connection = answer::persistence::close;
  } else if (request->minor_version == 0) {
    what.connection = answer::persistence::keep_alive;
  }
  what.date_line = core_.date.at(core_.loop.now());
  if (request != nullptr) ++core_.counters.requests_total;
  if (!write_answer(core_.outputs, filling_, what, body)) close();
}

/// Hands answers to the driver if it has none of this connection.
void connection::flush() noexcept {
  if (sending().in_flight()) return;
  if (filling_ != nullptr) {
    sending_ = std::exchange(filling_, nullptr);
    sending().bytes = sending_->bytes();
    sending().more_follows = large_body_ != nullptr;
  } else if (large_body_ != nullptr) {
    const auto rest = std::as_bytes(std::span(*large_body_)).subspan(large_sent_);
    sending().bytes = rest.first(std::min(rest.size(), large_slice_bytes));
    sending().more_follows = rest.size() > large_slice_bytes;
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
    large_sent_ += static_cast<std::size_t>(what.value);
    if (large_sent_ == large_body_->size()) {
      large_body_.reset();
      large_sent_ = 0;
    }
  }
  advance();
}

}  // namespace shoal::http
