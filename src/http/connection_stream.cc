// Answers whose body is made while it is sent: producers, files, and filters on either.
#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "http/chunked.h"
#include "http/connection.h"
#include "http/problem.h"
#include "http/server_core.h"

namespace shoal::http {
namespace {

/// What one write gives is framed in pieces of this size, so that a large one needs no large block.
constexpr std::size_t piece_bytes = 16 * 1024;

std::string filtered(late_body& body, std::string_view bytes, bool last) {
  std::string in(bytes);
  for (const auto& filter : body.filters) {
    std::string out;
    filter->transform(in, last, out);
    in = std::move(out);
  }
  return in;
}

answer::framing framing_of(const late_body& body, const head& request) noexcept {
  if (body.length && body.filters.empty()) return answer::framing::length;
  return request.minor_version == 0 ? answer::framing::none : answer::framing::chunked;
}

}  // namespace

bool connection::streaming() const noexcept {
  return active_ != nullptr && active_->late != nullptr;
}

/// Throws what making the producer throws; nothing has been written then.
void connection::answer_late(const head* request, response&& with) {
  auto late = with.take_late();
  const bool bodiless = has_no_body(with.code());
  if (!late->streams() && !late->is_file()) {  // a whole body with filters
    if (!bodiless && request->verb != method::head) {
      with.set_body(filtered(*late, with.body(), true));
    }
    return answer_with(request, std::move(with));
  }
  answer what{.status = with.code(),
              .content_type = bodiless ? std::string_view{} : with.content_type(),
              .fields = with.fields(),
              .body = bodiless ? answer::framing::none : framing_of(*late, *request),
              .content_length = late->length.value_or(0)};
  if (bodiless || request->verb == method::head) return write(request, what, {});

  if (active_ == nullptr) {
    active_ = core_.exchanges.acquire();
    ++core_.counters.requests_in_flight;
    active_->take_over(core_.immediate);
    active_->body_over = body_ == nullptr;
    request = active_->request;
  }
  active_->producer = late->produce(active_->out);
  if (!active_->producer) throw std::logic_error("its producer returned an empty task");
  active_->late = std::move(late);
  active_->out_framing = what.body;
  active_->left = what.content_length;
  if (what.body == answer::framing::none) last_ = true;  // the connection's end is the body's
  write(request, what, {});
  if (!closing_) handler_done_ = active_->producer.start(*active_);
}

bool connection::write_body(suspended_exchange& writer, std::string_view bytes) {
  if (writer.out_framing == answer::framing::length) {
    if (bytes.size() > writer.left) {
      throw std::length_error("more was written than the announced length");
    }
    writer.left -= bytes.size();
  }
  writer.unwritten = bytes;
  const bool taken = take_written(writer);
  advance_later();
  return taken;
}

/// Takes what there is room for. False: not all, or there is none for more.
bool connection::take_written(suspended_exchange& writer) {
  while (!writer.unwritten.empty() && has_room()) {
    const auto piece = writer.unwritten.substr(0, piece_bytes);
    writer.unwritten.remove_prefix(piece.size());
    append_piece(writer, piece, false);
  }
  return writer.unwritten.empty() && has_room();
}

/// Whether something could be done.
bool connection::advance_stream() noexcept try {
  if (!active_->writer || !take_written(*active_)) return false;
  std::exchange(active_->writer, nullptr).resume();
  return true;
} catch (...) {
  close();  // a filter failed, or there is no memory; the producer is not where it could be told
  return false;
}

void connection::append_piece(suspended_exchange& writer, std::string_view piece, bool last) {
  std::string changed;
  if (!writer.late->filters.empty()) {
    changed = filtered(*writer.late, piece, last);
    piece = changed;
  }
  const bool chunked = writer.out_framing == answer::framing::chunked;
  bool written = true;
  if (!piece.empty()) {
    if (chunked) written = core_.outputs.append(filling_, chunk_head(piece.size()).text());
    written = written && core_.outputs.append(filling_, piece);
    if (chunked) written = written && core_.outputs.append(filling_, "\r\n");
  }
  if (last && chunked) written = written && core_.outputs.append(filling_, last_chunk);
  if (!written) throw std::bad_alloc();
}

/// The producer has ended. Whatever it fails in, its head has left: the client sees the failure as
/// a connection that ends too early.
void connection::finish_stream() noexcept try {
  handler_done_ = false;
  active_->producer.take();
  if (active_->out_framing == answer::framing::length && active_->left > 0) {
    throw std::length_error("less was written than the announced length");
  }
  append_piece(*active_, {}, true);
  plan_unread_body(*active_->request);
  release_active();
} catch (...) {
  log_failure(active_->view, "the answer's body");
  close();
}

}  // namespace shoal::http
