// What the HttpArena benchmarks ask of a server (HTTP/1.1 without TLS and databases): profiles
// baseline, limited-conn, pipelined, json-comp and async, and the older json, upload and static.
//
//   build/release/examples/arena/arena DATA --listen 0.0.0.0:8080
//
// DATA has dataset.json and the directory static. Every answer is made anew for its request: the
// benchmarks are about that work.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/http/nlohmann.h"
#include "shoal/shoal.h"

namespace {

constexpr std::uint64_t upload_bytes_max = std::uint64_t{64} << 20;
constexpr std::uint64_t delay_ms_max = 60'000;

struct item {
  std::int64_t id, price, quantity, score, votes;
  std::string name, category;
  bool active;
  std::vector<std::string> tags;
};

void from_json(const nlohmann::json& from, item& to) {
  from.at("id").get_to(to.id);
  from.at("name").get_to(to.name);
  from.at("category").get_to(to.category);
  from.at("price").get_to(to.price);
  from.at("quantity").get_to(to.quantity);
  from.at("active").get_to(to.active);
  from.at("tags").get_to(to.tags);
  from.at("rating").at("score").get_to(to.score);
  from.at("rating").at("count").get_to(to.votes);
}

std::vector<item> read_items(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return nlohmann::json::parse(file).get<std::vector<item>>();
}

std::int64_t to_number(std::string_view text, const char* what) {
  std::int64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) {
    throw shoal::http_error(shoal::status::bad_request, std::string(what) + ": a number");
  }
  return value;
}

std::int64_t query_number(shoal::context& c, const char* name, const char* otherwise = "") {
  return to_number(c.query_value(name).value_or(otherwise), name);
}

/// Numbers come from clients: what overflows wraps.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::int64_t product(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

std::string add(shoal::context& c) {
  return std::to_string(sum(query_number(c, "a"), query_number(c, "b")));
}

shoal::task<std::string> add_with_body(shoal::context& c) {
  const auto of_query = sum(query_number(c, "a"), query_number(c, "b"));
  auto in = c.body();
  const std::string body = co_await in.all();
  co_return std::to_string(sum(of_query, to_number(body, "body")));
}

std::string list_of(const std::vector<std::string>& words) {
  nlohmann::json list = words;
  return list.dump();
}

std::string shown(const item& i, std::int64_t times) {
  const std::string tags = list_of(i.tags);
  const std::string rating = shoal::object("score", i.score, "count", i.votes);
  return shoal::object("id", i.id, "name", i.name, "category", i.category, "price", i.price,
                       "quantity", i.quantity, "active", i.active, "tags", shoal::json_text{tags},
                       "rating", shoal::json_text{rating}, "total",
                       product(product(i.price, i.quantity), times));
}

std::string first_items(const std::vector<item>& all, std::uint64_t count, std::int64_t times) {
  if (count > all.size()) {
    throw shoal::http_error(shoal::status::not_found, "there are " + std::to_string(all.size()));
  }
  std::string items = "[";
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i != 0) items += ',';
    items += shown(all[i], times);
  }
  items += ']';
  return shoal::object("items", shoal::json_text{items}, "count", count);
}

/// By what has come, not by what was announced.
shoal::task<std::string> count_bytes(shoal::context& c) {
  auto in = c.body(upload_bytes_max);
  std::uint64_t bytes = 0;
  for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) {
    bytes += piece.size();
  }
  co_return std::to_string(bytes);
}

shoal::task<std::string> wait(std::uint64_t ms) {
  if (ms > delay_ms_max) throw shoal::http_error(shoal::status::bad_request, "at most a minute");
  co_await shoal::sleep(std::chrono::milliseconds(ms));
  co_return std::to_string(ms);
}

void serve(shoal::app& app, const std::filesystem::path& data) {
  app.get<"/baseline11">(add);
  app.post<"/baseline11">(add_with_body);
  app.get<"/pipeline">([] { return "ok"; });
  app.get<"/json/{count}">(
      [items = read_items(data / "dataset.json")](shoal::context& c, std::uint64_t count) {
        return shoal::response::json(first_items(items, count, query_number(c, "m", "1")));
      });
  app.post<"/upload">(count_bytes);
  app.get<"/delay/{ms}">(wait);
  app.get<"/static/{path...}">(shoal::files((data / "static").string()));
  app.after(shoal::compress());
}

}  // namespace

int main(int argc, char** argv) {
  const char* data = "/data";
  if (argc > 1 && argv[1][0] != '-') {
    data = argv[1];
    argv[1] = argv[0];
    ++argv;  // the rest are the app's flags
    --argc;
  }
  try {
    shoal::app app;
    serve(app, data);
    return app.run(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "arena: %s\n", failure.what());
    return 1;
  }
}
