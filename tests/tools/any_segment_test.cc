// Whatever lies in a segment, the reports are made, and nothing in them is what a terminal would
// obey.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/random.h"
#include "shm/load_segment.h"
#include "status_report.h"
#include "top_screen.h"

namespace shoal::tool {
namespace {

constexpr unsigned slots = 4;

std::uint64_t seed() {
  const char* given = std::getenv("SHOAL_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : draw_seed();
}

/// Random words of random size: small ones are the likeliest to be believed.
template <typename Part>
void spoil(Part& part, random_source& random) {
  auto* const words = reinterpret_cast<shm::word*>(&part);
  for (std::size_t i = 0; i < sizeof part / sizeof(shm::word); ++i) {
    words[i].store(random.next() >> random.below(64), std::memory_order_relaxed);
  }
}

/// Of text for a terminal.
bool harmless(const std::string& text) {
  return text.find("\xc2\x9b") == std::string::npos &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7f; });
}

void look_at(const shm::found_segment& found) {
  const std::vector<server_report> servers = {describe(found)};
  EXPECT_TRUE(harmless(to_table(servers)));
  EXPECT_TRUE(to_json(servers).starts_with(R"({"servers":[{"name":"api",)"));
  top_view view{.key = sort_key::work};
  const auto lines = compose(servers, view);
  EXPECT_TRUE(harmless(to_plain(lines)));
  EXPECT_FALSE(paint(lines, view, {}).empty());
}

TEST(AnySegment, IsReportedWhateverItHolds) {
  const auto with = seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(with));
  random_source random(with);
  const auto segment = shm::load_segment::create(slots, "api", read_clock()).value();
  const shm::found_segment found{.view = shm::load_view::open(segment.fd()).value()};
  for (int round = 0; round < 300; ++round) {
    for (unsigned i = 0; i < slots; ++i) {
      spoil(segment.slot(i), random);
      if (random.one_in(2)) segment.slot(i).state.store(2);
      if (round % 20 == 0) spoil(segment.ring(i), random);
      // Two records that are whole, with nonsense in them.
      auto& ring = segment.ring(i);
      shm::append(ring, {.at_ns = random.next(), .requests_total = random.next()});
      shm::append(ring, {.at_ns = random.next(), .generation = segment.slot(i).generation.load()});
    }
    std::string text(100, '\0');
    for (char& c : text) c = static_cast<char>(random.next());
    segment.set_dispatch(text);
    look_at(found);
  }
}

TEST(AnySegment, IsReportedWhileItIsBeingSpoilt) {
  const auto with = seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(with));
  const auto segment = shm::load_segment::create(slots, "api", read_clock()).value();
  const shm::found_segment found{.view = shm::load_view::open(segment.fd()).value()};
  const std::jthread vandal([&](const std::stop_token& stop) {
    random_source random(with);
    while (!stop.stop_requested()) spoil(segment.slot(random.below(slots)), random);
  });
  for (int round = 0; round < 300; ++round) look_at(found);
}

}  // namespace
}  // namespace shoal::tool
