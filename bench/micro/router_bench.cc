// What finding the route of a path costs, among a hundred others.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "http/router.h"

namespace {

using namespace shoal::http;

router hundred_routes() {
  router r;
  route_id next = 0;
  const auto add = [&](const std::string& pattern) {
    if (!r.add(method::get, pattern, next++, "bench")) std::abort();
  };
  add("/plaintext");
  add("/users/{id}");
  add("/files/{path...}");
  for (int i = 0; i < 50; ++i) {
    add("/api/v1/things" + std::to_string(i));
    add("/api/v1/things" + std::to_string(i) + "/{id}/parts/{part}");
  }
  return r;
}

void route(benchmark::State& state, std::string_view path) {
  const router r = hundred_routes();
  for (auto _ : state) {
    benchmark::DoNotOptimize(path);
    benchmark::DoNotOptimize(r.match(method::get, path));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(route, literal, "/plaintext");
BENCHMARK_CAPTURE(route, parameter, "/users/12345");
BENCHMARK_CAPTURE(route, two_parameters, "/api/v1/things33/12345/parts/6");
BENCHMARK_CAPTURE(route, rest, "/files/css/site.css");
BENCHMARK_CAPTURE(route, none, "/favicon.ico");

}  // namespace

BENCHMARK_MAIN();
