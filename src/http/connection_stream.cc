// Answers whose body is made while it is sent: producers, files, and filters on either.
#include <unistd.h>

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

/// A file's body for filters, which have to see it. Reads from the page cache, or the disk.
task<> read_file(file_part part, body_writer& out) {
  std::string piece(piece_bytes, '\0');
  while (part.bytes > 0) {
    const auto wanted = std::min<std::uint64_t>(part.bytes, piece.size());
    const auto got =
        ::pread(part.file->descriptor(), piece.data(), wanted, static_cast<off_t>(part.offset));
    if (got <= 0) throw std::runtime_error("the file ends before its announced length");
    part.offset += static_cast<std::uint64_t>(got);
    part.bytes -= static_cast<std::uint64_t>(got);
    const std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
    co_await out.write(bytes);
  }
}

answer late_head(const late_body& body, const head& request, const response& with) noexcept {
  answer what{.status = with.code(), .fields = with.fields()};
  if (has_no_body(with.code())) {
    what.body = answer::framing::none;
    return what;
  }
  what.content_type = with.content_type();
  if (body.filters.empty() && (body.length || body.is_file())) {
    what.content_length = body.is_file() ? body.file.bytes : *body.length;
  } else {
    what.body = request.minor_version == 0 ? answer::framing::none : answer::framing::chunked;
  }
  return what;
}

}  // namespace

std::string late_body::filtered(std::string_view bytes, bool last) {
  std::string in(bytes);
  for (const auto& filter : filters) {
    std::string out;
    filter->transform(in, last, out);
    in = std::move(out);
  }
  return in;
}

bool connection::streaming() const noexcept {
  return active_ != nullptr && active_->late != nullptr;
}

/// Throws what making the producer or a filter throws; nothing has been written then.
void connection::answer_late(const head* request, response&& with) {
  auto late = with.take_late();
  const bool headless = has_no_body(with.code()) || request->verb == method::head;
  if (!late->streams() && !late->is_file()) {
    if (!headless) with.set_body(late->filtered(with.body(), true));
    return answer_with(request, std::move(with));
  }
  if (late->is_file() && !late->filters.empty()) {
    late->produce = [part = std::move(late->file)](body_writer& out) {
      return read_file(part, out);
    };
  }
  const answer what = late_head(*late, *request, with);
  if (headless) return write(request, what, {});
  return late->is_file() ? begin_file(request, what, std::move(late))
                         : begin_stream(request, what, std::move(late));
}

void connection::begin_file(const head* request, const answer& what,
                            std::unique_ptr<late_body> late) {
  std::unique_ptr<tail> rest;
  if (late->file.bytes > 0) rest = std::make_unique<tail>(*this, std::move(late->file));
  write(request, what, {});
  if (!closing_) tail_ = std::move(rest);
}

void connection::begin_stream(const head* request, const answer& what,
                              std::unique_ptr<late_body> late) {
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
  active_->watched = false;  // its producer is no handler
  active_->out_framing = what.body;
  active_->left = what.content_length;
  active_->written = 0;
  active_->status = what.status;
  if (what.body == answer::framing::none) last_ = true;  // the connection's end is the body's
  write(request, what, {});
  if (!closing_) handler_done_ = active_->producer.start(*active_, active_);
}

bool connection::write_body(suspended_exchange& writer, std::string_view piece) {
  if (writer.out_framing == answer::framing::length) {
    if (piece.size() > writer.left) {
      throw std::length_error("more was written than the announced length");
    }
    writer.left -= piece.size();
  }
  writer.unwritten = piece;
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
    changed = writer.late->filtered(piece, last);
    piece = changed;
  }
  const bool chunked = writer.out_framing == answer::framing::chunked;
  bool written = true;
  if (!piece.empty()) {
    if (chunked) written = core_.outputs.append(filling_, chunk_head(piece.size()).text());
    written = written && core_.outputs.append(filling_, piece);
    writer.written += piece.size();
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
