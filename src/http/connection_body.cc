#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"
#include "http/connection.h"
#include "http/server_core.h"

namespace shoal::http {
namespace {

/// How much memory a body's announced length is believed for, before its bytes are there.
constexpr std::uint64_t reserved_bytes_max = 1024 * 1024;

using status = chunked_decoder::status;

}  // namespace

bool connection::advance_body() noexcept {
  if (active_ == nullptr) return discard_body();
  if (!active_->reader || !fill(*active_)) return false;
  std::exchange(active_->reader, nullptr).resume();
  return true;
}

/// Moves input to the reader until it has what it wants. False: the rest has not come yet.
bool connection::fill(exchange& reader) noexcept try {
  while (!reader.reader_satisfied()) {
    const auto step = body_->next(input_);
    switch (step.what) {
      case status::need_more:
        return false;
      case status::data:
        reader.taken += step.data.size();
        if (reader.taken > reader.limit) {
          reader.body_error = 413;
        } else {
          reader.gathered.append(step.data);
        }
        break;
      case status::done:
        reader.body_over = true;
        body_.reset();
        break;
      case status::invalid:
        reader.body_error = 400;
        give_up_body();
        break;
    }
  }
  return true;
} catch (const std::bad_alloc&) {
  reader.body_error = 503;
  return true;
}

bool connection::discard_body() noexcept {
  const auto step = body_->next(input_);
  switch (step.what) {
    case status::need_more:
      if (!peer_ended_) return false;
      give_up_body();
      break;
    case status::data:
      body_->discarded += step.data.size();
      if (body_->discarded > core_.options.discarded_bytes) give_up_body();
      break;
    case status::done:
      body_.reset();
      break;
    case status::invalid:
      give_up_body();
      break;
  }
  return true;
}

/// What follows cannot be told apart from a request any more.
void connection::give_up_body() noexcept {
  body_.reset();
  last_ = true;
  unread_ = true;
}

/// Before an answer: a body that its handler has left is skipped, and only if that is little work
/// does the connection stay. A client that waits for "100 Continue" may send the body or not.
void connection::plan_unread_body(const head& request) noexcept {
  if (body_ == nullptr) return;
  if ((request.expects_continue && !continued_) ||
      body_->known_remaining() > core_.options.discarded_bytes) {
    give_up_body();
  }
}

bool connection::read_body(exchange& reader, body_reader::mode wanted, std::uint64_t limit) {
  reader.wanted = wanted;
  reader.limit = limit;
  reader.gathered.clear();  // of the piece before
  if (reader.body_over || reader.body_error != 0) return true;
  const auto known = body_->known_remaining();
  if (reader.taken + known > limit) {
    reader.body_error = 413;
    return true;
  }
  if (wanted == body_reader::mode::whole) {
    reader.gathered.reserve(std::min(known, reserved_bytes_max));
  }
  if (fill(reader)) return true;
  if (reader.request->expects_continue && !continued_) {
    continued_ = true;
    if (!core_.outputs.append(filling_, "HTTP/1.1 100 Continue\r\n\r\n")) throw std::bad_alloc();
  }
  return false;
}

void connection::reader_suspended(exchange& reader, std::coroutine_handle<> handler) noexcept {
  SHOAL_DCHECK(!reader.reader);  // one reader at a time
  reader.reader = handler;
  advance_later();
}

}  // namespace shoal::http
