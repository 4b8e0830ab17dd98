#include "bench/measured_routes.h"

#include <cstdint>
#include <string_view>

#include "bench/spin.h"
#include "shoal/http/error.h"
#include "shoal/http/response.h"

namespace shoal::bench {
namespace {

constexpr std::uint64_t most_body_bytes = 1 << 20;
constexpr std::uint64_t most_work_us = 1'000'000;

std::uint64_t at_most(std::uint64_t value, std::uint64_t limit) {
  if (value > limit) throw http_error(status::bad_request, "at most " + std::to_string(limit));
  return value;
}

}  // namespace

measured_routes::measured_routes(double steps_in_a_microsecond)
    : steps_(steps_in_a_microsecond), filler_(most_body_bytes, 'x') {}

void measured_routes::add_to(http::routes& all) const {
  constexpr route_options here{run::inlined};
  all.get<"/plaintext">([] { return "Hello, World!"; }, here);
  all.get<"/bytes/{count}">(
      [this](std::uint64_t count) {
        const auto bytes = at_most(count, most_body_bytes);
        return response::borrowed_text(std::string_view(filler_).substr(0, bytes));
      },
      here);
  all.get<"/spin/{us}">(
      [this](std::uint64_t us) {
        volatile std::uint64_t used = spin(
            static_cast<std::uint64_t>(steps_ * static_cast<double>(at_most(us, most_work_us))));
        static_cast<void>(used);
        return "Hello, World!";
      },
      here);
}

}  // namespace shoal::bench
