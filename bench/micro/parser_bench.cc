// What one request head costs the parser. The inputs do not change, which flatters the branch
// predictor: compare with figures that were taken the same way.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "http/parser.h"

namespace {

using namespace shoal::http;

constexpr std::string_view plaintext_head =
    "GET /plaintext HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";

constexpr std::string_view browser_head =
    "GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1\r\n"
    "Host: www.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101\r\n"
    "Accept: image/avif,image/webp,image/png,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Connection: keep-alive\r\n"
    "Referer: https://www.example.org/\r\n"
    "Cookie: session=0123456789abcdef; theme=dark\r\n"
    "DNT: 1\r\n"
    "Cache-Control: no-cache\r\n\r\n";

void check(const parse_result& r, benchmark::State& state) {
  if (r.status != parse_status::complete) state.SkipWithError("the head was not complete");
}

/// The same head again and again, whole. Sixteen stand behind each other as in a pipeline, so that
/// fifteen are not at the end of their input.
void whole(benchmark::State& state, std::string_view text) {
  std::string batch;
  for (int i = 0; i < 16; ++i) batch += text;
  const head_limits limits;
  head out;
  for (auto _ : state) {
    std::string_view rest = batch;
    while (!rest.empty()) {
      parse_progress progress;
      const parse_result r = parse_head(rest, limits, progress, out);
      check(r, state);
      benchmark::DoNotOptimize(out);
      rest.remove_prefix(out.size);
    }
  }
  state.SetItemsProcessed(state.iterations() * 16);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch.size()));
}

void alone(benchmark::State& state, std::string_view text) {
  const std::string bytes(text);
  const head_limits limits;
  head out;
  for (auto _ : state) {
    parse_progress progress;
    check(parse_head(bytes, limits, progress, out), state);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

/// One byte more each time: the cost of a byte must not depend on the size of the head.
void drip(benchmark::State& state) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nX: " +
                            std::string(static_cast<std::size_t>(state.range(0)), 'x') + "\r\n\r\n";
  const head_limits limits;
  head out;
  for (auto _ : state) {
    parse_progress progress;
    for (std::size_t size = 1; size <= bytes.size(); ++size)
      benchmark::DoNotOptimize(
          parse_head(std::string_view(bytes).substr(0, size), limits, progress, out));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

BENCHMARK_CAPTURE(whole, plaintext, plaintext_head);
BENCHMARK_CAPTURE(whole, browser, browser_head);
BENCHMARK_CAPTURE(alone, plaintext, plaintext_head);
BENCHMARK_CAPTURE(alone, browser, browser_head);
BENCHMARK(drip)->Arg(100)->Arg(1000)->Arg(10000);

}  // namespace

BENCHMARK_MAIN();
