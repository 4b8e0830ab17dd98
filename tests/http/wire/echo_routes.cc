#include "echo_routes.h"

#include <stdexcept>
#include <string_view>

#include "shoal/coro/task.h"
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

class echo final {
 public:
  explicit echo(std::vector<std::string>& seen) : seen_(seen) {}

  std::string tell(const context& c, std::string_view body = {}) const {
    return seen_.emplace_back(account(c, body));
  }

  task<std::string> whole(context& c) const {
    auto in = c.body();
    const std::string body = co_await in.all();
    co_return tell(c, body);
  }

  task<std::string> in_pieces(context& c) const {
    auto in = c.body();
    std::string body;
    for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) body += piece;
    co_return tell(c, body);
  }

 private:
  std::vector<std::string>& seen_;
};

}  // namespace

void add_echo_routes(routes& to, std::vector<std::string>& seen) {
  const echo e(seen);
  to.any<"/echo">([e](context& c) { return e.whole(c); });
  to.any<"/echo/{rest...}">([e](context& c, std::string) { return e.whole(c); });
  to.any<"/pieces">([e](context& c) { return e.in_pieces(c); });
  to.any<"/ignores">([e](context& c) { return e.tell(c); });
  to.post<"/form">([e](context& c) { return e.tell(c); });
  to.get<"/plain">([] { return "plain"; });
  to.get<"/no-content">([] { return status::no_content; });
  to.get<"/not-modified">([] { return status::not_modified; });
  to.get<"/conflict">([]() -> std::string { throw http_error(status::conflict, "as asked"); });
  to.get<"/throws">([]() -> std::string { throw std::runtime_error("as asked"); });
}

}  // namespace shoal::http::wire
