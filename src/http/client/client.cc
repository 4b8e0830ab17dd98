#include "shoal/http/client.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "http/ascii.h"
#include "http/authority.h"
#include "http/client/client_core.h"
#include "http/client/client_exchange.h"
#include "http/client/client_pool.h"
#include "http/field_text.h"

namespace shoal {
namespace {

std::shared_ptr<const http::client_core> read_url(std::string_view url, client_options options) {
  constexpr std::string_view scheme = "http://";
  const auto wrong = [&] {
    return std::invalid_argument("no URL of a server: '" + std::string(url) +
                                 "'; write http://HOST or http://HOST:PORT (there is no TLS)");
  };
  if (url.size() < scheme.size() ||
      !http::equals_ignoring_case(url.substr(0, scheme.size()), scheme)) {
    throw wrong();
  }
  std::string_view host = url.substr(scheme.size());
  if (host.ends_with('/')) host.remove_suffix(1);
  if (!http::valid_authority(host, http::port_rule::optional) || host.ends_with(':')) throw wrong();
  if (!http::is_field_value(options.user_agent)) {
    throw std::invalid_argument("shoal::client: a user_agent with a control character");
  }
  auto core = std::make_shared<http::client_core>();
  core->url = std::string(scheme).append(host);
  core->host = host;
  const bool has_port = host.rfind(':') != host.npos && !host.ends_with(']');
  core->address = options.connect_to;
  if (core->address.empty()) core->address = std::string(host) + (has_port ? "" : ":80");
  core->options = std::move(options);
  return core;
}

}  // namespace

// ---- what is sent

request_body request_body::stream(producer produce) {
  request_body body;
  body.produce_ = std::move(produce);
  body.chunked_ = true;
  return body;
}

request_body request_body::stream(std::uint64_t bytes, producer produce) {
  request_body body;
  body.produce_ = std::move(produce);
  body.bytes_ = bytes;
  return body;
}

request_fields::request_fields(
    std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
  for (const auto& [name, value] : all) add(name, value);
}

bool request_fields::end_to_end(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 9> of_a_connection = {
      "connection", "content-length", "expect",  "keep-alive",       "proxy-connection",
      "te",         "trailer",        "upgrade", "transfer-encoding"};
  for (const auto one : of_a_connection) {
    if (http::equals_ignoring_case(name, one)) return false;
  }
  return true;
}

request_fields& request_fields::add(std::string_view name, std::string_view value) {
  if (!http::is_token(name) || !http::is_field_value(value) || !end_to_end(name)) {
    throw std::invalid_argument("shoal::client cannot send the field '" + std::string(name) + "'");
  }
  const bool is_host = http::equals_ignoring_case(name, "host");
  if (is_host && (host_ || !http::valid_authority(value, http::port_rule::optional))) {
    throw std::invalid_argument("shoal::client: no Host, or a second one: '" + std::string(value) +
                                "'");
  }
  host_ |= is_host;
  user_agent_ |= http::equals_ignoring_case(name, "user-agent");
  text_.append(name).append(": ").append(value).append("\r\n");
  return *this;
}

// ---- the client

client::client(std::string_view url, client_options options)
    : core_(read_url(url, std::move(options))) {}

client::~client() {
  io::loop* const on = io::loop::current();
  http::client_pool* const own = on != nullptr ? http::client_pool::find(*on, *core_) : nullptr;
  if (own != nullptr) own->let_go();
}

task<client_response> client::request(http::method verb, std::string target, request_fields fields,
                                      request_body body) const {
  auto asked = std::make_unique<http::client_exchange>(core_, verb, std::move(target),
                                                       std::move(fields), std::move(body));
  co_await asked->start();
  co_return client_response(std::move(asked));
}

task<client_response> client::get(std::string target, request_fields fields) const {
  return request(http::method::get, std::move(target), std::move(fields));
}
task<client_response> client::head(std::string target, request_fields fields) const {
  return request(http::method::head, std::move(target), std::move(fields));
}
task<client_response> client::del(std::string target, request_fields fields) const {
  return request(http::method::del, std::move(target), std::move(fields));
}
task<client_response> client::post(std::string target, request_body body,
                                   request_fields fields) const {
  return request(http::method::post, std::move(target), std::move(fields), std::move(body));
}
task<client_response> client::put(std::string target, request_body body,
                                  request_fields fields) const {
  return request(http::method::put, std::move(target), std::move(fields), std::move(body));
}

client::counts client::connections() const noexcept {
  io::loop* const on = io::loop::current();
  const http::client_pool* const own =
      on != nullptr ? http::client_pool::find(*on, *core_) : nullptr;
  return own != nullptr ? own->counts() : counts{};
}

// ---- the answer

client_response::client_response(std::unique_ptr<http::client_exchange> from) noexcept
    : from_(std::move(from)) {}
client_response::client_response(client_response&&) noexcept = default;
client_response& client_response::operator=(client_response&&) noexcept = default;
client_response::~client_response() = default;

int client_response::status() const noexcept { return from_->head().status; }

std::optional<std::string_view> client_response::header(std::string_view name) const noexcept {
  return from_->head().find(name);
}

std::size_t client_response::header_count() const noexcept { return from_->head().field_count; }

std::pair<std::string_view, std::string_view> client_response::header_at(
    std::size_t i) const noexcept {
  const http::response_head& head = from_->head();
  return {head.text(head.fields[i].name), head.text(head.fields[i].value)};
}

std::optional<std::uint64_t> client_response::announced_length() const noexcept {
  if (!from_->head().find("content-length")) return {};
  return from_->head().content_length;
}

bool client_response::has_body() const noexcept {
  return from_->head().body != http::answer_framing::none;
}

task<std::string_view> client_response::next() { return from_->next(); }
task<std::string> client_response::all() { return from_->all(); }

}  // namespace shoal
