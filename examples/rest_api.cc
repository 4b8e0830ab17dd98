// An API for a shelf of books: everybody reads, who has the token writes.
//
//   BOOKS_TOKEN=secret build/release/examples/rest_api --listen 127.0.0.1:8080
//
// A worker's shelf is its own and needs no lock; a second worker would have another one, so there
// is one. With a database behind them, let the machine decide.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/http/auth.h"
#include "shoal/http/cors.h"
#include "shoal/http/health.h"
#include "shoal/http/nlohmann.h"
#include "shoal/http/trace.h"
#include "shoal/shoal.h"

namespace {

using nlohmann::json;
using shoal::status;

constexpr std::size_t title_bytes_max = 200;
constexpr std::uint64_t page_default = 20;
constexpr std::uint64_t page_max = 100;

struct book {
  std::string title;
  int year = 0;
};

struct shelf {
  std::map<std::uint64_t, book> books;
  std::uint64_t next_id = 1;
};

/// Becomes a problem answer: `text` is for the client's eyes.
void require(bool holds, status otherwise, const std::string& text) {
  if (!holds) throw shoal::http_error(otherwise, text);
}

/// What is missing or of another type becomes 422 without a word from here. Only numbers need one:
/// the library makes an int of 1e99 and of 2^32 + 2000 as well, whatever gets lost.
void from_json(const json& from, book& to) {
  from.at("title").get_to(to.title);
  const bool titled = !to.title.empty() && to.title.size() <= title_bytes_max;
  require(titled, status::unprocessable_content, "title: 1 to 200 bytes");
  const json& given = from.at("year");
  const auto year = given.is_number_integer() ? given.get<std::int64_t>() : 0;
  require(year >= 1450 && year <= 2100, status::unprocessable_content, "year: 1450 to 2100");
  to.year = static_cast<int>(year);
}

json shown(std::uint64_t id, const book& b) {
  return {{"id", id}, {"title", b.title}, {"year", b.year}};
}

auto find(shelf& in, std::uint64_t id) {
  const auto found = in.books.find(id);
  require(found != in.books.end(), status::not_found, "no book " + std::to_string(id));
  return found;
}

std::uint64_t number(shoal::context& c, const std::string& name, std::uint64_t otherwise) {
  const auto text = c.query_value(name);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  const auto* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, value);
  require(read.ec == std::errc{} && read.ptr == end, status::bad_request, name + ": a number");
  return value;
}

/// Pages by the last number seen: what comes and goes meanwhile shifts nothing.
json list(shoal::context& c) {
  const auto& books = c.state<shelf>().books;
  const auto limit = std::min(number(c, "limit", page_default), page_max);
  auto items = json::array();
  auto at = books.upper_bound(number(c, "after", 0));
  for (; at != books.end() && items.size() < limit; ++at) {
    items.push_back(shown(at->first, at->second));
  }
  json page = {{"items", std::move(items)}};
  if (at != books.end() && limit > 0) page["after"] = std::prev(at)->first;
  return page;
}

shoal::task<shoal::response> add(shoal::context& c) {
  auto added = co_await shoal::read_json<book>(c);
  auto& in = c.state<shelf>();
  const auto id = in.next_id++;
  const auto& kept = in.books.emplace(id, std::move(added)).first->second;
  auto answer = to_response(shown(id, kept));
  answer.set_status(status::created).header("Location", "/api/books/" + std::to_string(id));
  co_return answer;
}

shoal::task<json> replace(shoal::context& c, std::uint64_t id) {
  auto wanted = co_await shoal::read_json<book>(c);
  const auto found = find(c.state<shelf>(), id);  // not before the wait: others run meanwhile
  found->second = std::move(wanted);
  co_return shown(id, found->second);
}

}  // namespace

int main(int argc, char** argv) {
  const char* const given = std::getenv("BOOKS_TOKEN");
  const std::string token = given ? given : "";  // without one nobody writes

  shoal::app app;
  app.options().nodes = 1;
  app.options().workers = 1;
  app.state<shelf>();
  shoal::trace_requests(app);
  shoal::cors(app, {.any_origin = true, .headers = {"Authorization", "Content-Type"}});
  shoal::health(app);
  shoal::metrics(app);

  auto readers = app.group<"/api">();
  readers.get<"/books">(list);
  readers.get<"/books/{id}">([](shoal::context& c, std::uint64_t id) {
    return shown(id, find(c.state<shelf>(), id)->second);
  });

  auto writers = app.group<"/api">();
  writers.before(shoal::bearer_auth([token](std::string_view sent) {
    return !token.empty() && shoal::equal_secrets(sent, token);
  }));
  writers.post<"/books">(add);
  writers.put<"/books/{id}">(replace);
  writers.del<"/books/{id}">([](shoal::context& c, std::uint64_t id) {
    auto& in = c.state<shelf>();
    in.books.erase(find(in, id));
    return status::no_content;
  });
  return app.run(argc, argv);
}
