// A reverse proxy: passes every request on to one server. Bodies stream in both directions, and
// whoever is slow holds the other side back.
//
//   build/release/examples/proxy http://127.0.0.1:9000 --listen 127.0.0.1:8080
//
// PROXY_PATIENCE is for how many seconds the server may be silent; 30 if it is not set.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/http/client.h"
#include "shoal/shoal.h"

namespace {

constexpr std::uint64_t body_bytes_max = 1ULL << 40;

bool equal_but_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// Whether the Connection field names it: then it is for the next hop alone (RFC 9110 7.6.1).
bool named_in(std::string_view connection, std::string_view name) {
  while (!connection.empty()) {
    const auto comma = connection.find(',');
    auto option = connection.substr(0, comma);
    connection = comma == connection.npos ? std::string_view{} : connection.substr(comma + 1);
    while (!option.empty() && option.front() == ' ') option.remove_prefix(1);
    while (!option.empty() && option.back() == ' ') option.remove_suffix(1);
    if (equal_but_case(option, name)) return true;
  }
  return false;
}

bool passes(std::string_view connection, std::string_view name) {
  return shoal::request_fields::end_to_end(name) && !named_in(connection, name);
}

shoal::request_fields fields_of(shoal::context& c) {
  const auto connection = c.header("connection").value_or("");
  shoal::request_fields fields;
  // Not the field: where the target names a host, that one counts (RFC 9112 3.2.2).
  if (!c.host().empty()) fields.add("Host", c.host());
  std::string forwarded_for;
  for (std::size_t i = 0; i < c.header_count(); ++i) {
    const auto [name, value] = c.header_at(i);
    if (equal_but_case(name, "x-forwarded-for")) {
      forwarded_for.append(value).append(", ");
    } else if (passes(connection, name) && !equal_but_case(name, "host")) {
      fields.add(name, value);
    }
  }
  forwarded_for.append(c.remote_address());
  fields.add("X-Forwarded-For", forwarded_for);
  fields.add("Via", "1.1 proxy");  // RFC 9110 7.6.3
  return fields;
}

shoal::request_body body_of(shoal::context& c) {
  const auto pump = [&c](shoal::body_sink& out) -> shoal::task<> {
    auto in = c.body(body_bytes_max);
    for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) {
      co_await out.write(piece);
    }
  };
  if (c.header("transfer-encoding")) return shoal::request_body::stream(pump);
  const auto length = c.header("content-length");
  if (!length) return {};
  return shoal::request_body::stream(std::stoull(std::string(*length)), pump);
}

/// To HEAD too an answer of unknown length, or of the length that GET would have: its producer does
/// not run.
shoal::response answer_of(shoal::client_response from, bool to_head) {
  auto source = std::make_shared<shoal::client_response>(std::move(from));
  const auto pump = [source](shoal::body_writer& out) -> shoal::task<> {
    for (auto piece = co_await source->next(); !piece.empty(); piece = co_await source->next()) {
      co_await out.write(piece);
    }
  };
  shoal::response answer;
  if (source->has_body() || to_head) {
    const auto length = source->announced_length();
    answer =
        length ? shoal::response::stream("", *length, pump) : shoal::response::stream("", pump);
  }
  answer.set_status(shoal::status(source->status()));
  const auto connection = source->header("connection").value_or("");
  for (std::size_t i = 0; i < source->header_count(); ++i) {
    const auto [name, value] = source->header_at(i);
    if (passes(connection, name) && !equal_but_case(name, "date")) answer.header(name, value);
  }
  return answer;
}

shoal::task<shoal::response> pass_on(const shoal::client& to, shoal::context& c) {
  std::string target(c.path());
  if (!c.query().empty()) target.append("?").append(c.query());
  try {
    auto got = co_await to.request(c.verb(), target, fields_of(c), body_of(c));
    co_return answer_of(std::move(got), c.verb() == shoal::http::method::head);
  } catch (const shoal::client_error& failed) {
    const bool late = failed.why() == shoal::client_error::reason::timeout;
    throw shoal::http_error(late ? shoal::status::gateway_timeout : shoal::status::bad_gateway,
                            "the server behind this proxy gives no answer");
  }
}

shoal::client_options waits() {
  shoal::client_options options;
  const char* const given = std::getenv("PROXY_PATIENCE");
  const int seconds = given ? std::atoi(given) : 0;
  if (seconds > 0) {
    options.first_byte_limit = options.between_bytes_limit = std::chrono::seconds(seconds);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: proxy http://HOST[:PORT] [OPTION...]\n");
    return 64;
  }
  const shoal::client to(argv[1], waits());
  argv[1] = argv[0];
  shoal::app app;
  const auto handler = [&to](shoal::context& c) { return pass_on(to, c); };
  app.any<"/">(handler);
  app.any<"/{path...}">([&to](shoal::context& c, std::string) { return pass_on(to, c); });
  return app.run(argc - 1, argv + 1);
}
