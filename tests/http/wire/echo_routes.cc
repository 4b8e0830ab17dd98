#include "echo_routes.h"

#include <stdexcept>
#include <string>
#include <string_view>

#include "shoal/coro/task.h"
#include "shoal/http/body_writer.h"
#include "shoal/http/error.h"

namespace shoal::http::wire {
namespace {

bool begins_with_x(std::string_view name) {
  return name.size() > 1 && (name[0] | 0x20) == 'x' && name[1] == '-';
}

std::string account(const context& c, std::string_view body) {
  std::string text(to_string(c.verb()));
  text.append(" ").append(c.path());
  if (!c.query().empty()) text.append("?").append(c.query());
  text.append(" @").append(c.host());
  for (std::size_t i = 0; i < c.header_count(); ++i) {
    const auto [name, value] = c.header_at(i);
    if (begins_with_x(name)) text.append(" {").append(name).append("=").append(value).append("}");
  }
  if (!body.empty()) text.append(" [").append(body).append("]");
  return text;
}

task<std::string> tell_whole(context& c) {
  auto in = c.body();
  const std::string body = co_await in.all();
  co_return account(c, body);
}

task<std::string> tell_pieces(context& c) {
  auto in = c.body();
  std::string body;
  for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) body += piece;
  co_return account(c, body);
}

task<> write_two_words(body_writer& out) {
  co_await out.write("one");
  co_await out.write("two");
}

std::string tell_head(context& c) { return account(c, {}); }

}  // namespace

void add_echo_routes(routes& to) {
  to.any<"/echo">(tell_whole);
  to.any<"/echo/{rest...}">([](context& c, std::string) { return tell_whole(c); });
  to.any<"/pieces">(tell_pieces);
  to.any<"/ignores">(tell_head);
  to.post<"/form">(tell_head);
  to.any<"/stream">([] { return response::stream("text/plain", write_two_words); });
  to.any<"/measured">([] { return response::stream("text/plain", 6, write_two_words); });
  to.get<"/plain">([] { return "plain"; });
  to.get<"/no-content">([] { return status::no_content; });
  to.get<"/not-modified">([] { return status::not_modified; });
  to.get<"/conflict">([]() -> std::string { throw http_error(status::conflict, "as asked"); });
  to.get<"/throws">([]() -> std::string { throw std::runtime_error("as asked"); });
}

}  // namespace shoal::http::wire
