#include "shoal/http/context.h"

#include <stdexcept>

#include "http/ascii.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/field_text.h"
#include "http/server_core.h"
#include "shoal/http/error.h"

namespace shoal {

http::method context::verb() const noexcept { return request_.request->verb; }

std::string_view context::path() const noexcept {
  return request_.request->text(request_.request->path);
}

std::string_view context::query() const noexcept {
  return request_.request->text(request_.request->query);
}

std::string_view context::host() const noexcept {
  return request_.request->text(request_.request->host);
}

std::string_view context::remote_address() { return request_.remote_address(); }

std::optional<std::string_view> context::header(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < header_count(); ++i) {
    const auto [key, value] = header_at(i);
    if (http::equals_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

std::size_t context::header_count() const noexcept { return request_.request->field_count; }

std::pair<std::string_view, std::string_view> context::header_at(std::size_t i) const noexcept {
  const auto& field = request_.request->fields[i];
  return {request_.request->text(field.name), request_.request->text(field.value)};
}

std::string_view context::parameter(std::size_t n) const noexcept {
  return n < request_.parameter_count ? request_.parameters[n] : std::string_view{};
}

body_reader context::body() noexcept { return body(request_.core->options.body_bytes); }

body_reader context::body(std::uint64_t limit_bytes) noexcept { return {request_, limit_bytes}; }

std::string context::request_id() { return request_.request_id(); }

void context::set_request_id(std::string_view id) {
  if (id.empty() || id.size() > 128 || !http::is_field_value(id)) {
    throw std::invalid_argument("shoal: a request id has 1 to 128 characters and no controls");
  }
  request_.set_request_id(id);
}

bool context::stopping() const noexcept {
  return request_.core->stop_announced || request_.core->draining;
}

bool context::draining() const noexcept { return request_.core->draining; }

void context::keep(const void* key, std::shared_ptr<void> value) {
  for (auto& [known, kept] : request_.values) {
    if (known == key) return void(kept = std::move(value));
  }
  request_.values.emplace_back(key, std::move(value));
}

void* context::kept(const void* key) const noexcept {
  for (const auto& [known, kept] : request_.values) {
    if (known == key) return kept.get();
  }
  return nullptr;
}

worker& context::worker() const noexcept { return request_.core->serving; }

void http::detail::respond(context& c, std::string_view text) { c.request_.owner->respond(text); }

void http::detail::respond(context& c, response&& answer) {
  c.request_.owner->respond(std::move(answer));
}

context& body_writer::request() noexcept { return to_.view; }

bool body_writer::put(std::string_view bytes) {
  return to_.owner != nullptr && to_.owner->write_body(to_, bytes);
}

void body_writer::suspend(std::coroutine_handle<> producer) noexcept { to_.writer = producer; }

void body_writer::forget() noexcept { to_.writer = nullptr; }

bool body_reader::begin(mode wanted) {
  return from_.owner != nullptr && from_.owner->read_body(from_, wanted, limit_);
}

void body_reader::suspend(std::coroutine_handle<> handler) noexcept {
  if (from_.owner != nullptr) from_.owner->reader_suspended(from_, handler);
}

void body_reader::forget() noexcept { from_.reader = nullptr; }

namespace {

void throw_if_failed(const http::exchange& from) {
  switch (from.body_error) {
    case 0:
      return;
    case 400:
      throw http_error(status::bad_request, "the body is broken");
    case 413:
      throw http_error(status::content_too_large, "the body is larger than the limit");
    default:
      throw http_error(status::service_unavailable, "no memory for the body");
  }
}

}  // namespace

std::string body_reader::take_whole() {
  throw_if_failed(from_);
  return std::move(from_.gathered);
}

std::string_view body_reader::take_piece() {
  throw_if_failed(from_);
  return from_.gathered;
}

}  // namespace shoal
