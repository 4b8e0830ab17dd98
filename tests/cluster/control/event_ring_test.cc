#include "cluster/control/event_ring.h"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

constexpr std::int64_t moment = 1'763'978'814'123;  // 2025-11-24 10:06:54.123

TEST(EventRing, KeepsTheLastOnesWithTheirNumbers) {
  event_ring ring;
  for (int i = 0; i < 300; ++i) ring.add({.kind = event_kind::stop}, moment);
  ASSERT_EQ(ring.all().size(), event_ring::capacity);
  EXPECT_EQ(ring.all().front().number, 45U);
  EXPECT_EQ(ring.all().back().number, 300U);
}

TEST(EventRing, WritesALineOfJsonForEach) {
  event_ring ring;
  const auto& event = ring.add({.kind = event_kind::exit,
                                .process = event_process{.node = 1, .pid = 17, .generation = 3},
                                .text = "was \"killed\"\nby us",
                                .signal = 9},
                               moment);
  EXPECT_EQ(to_json_line(event),
            R"({"number":1,"time":"2025-11-24T10:06:54.123Z","event":"exit","node":1,"pid":17,)"
            R"("generation":3,"signal":9,"text":"was \"killed\"\nby us"})"
            "\n");
  EXPECT_EQ(to_text_line(event),
            "2025-11-24T10:06:54.123Z exit node 1 pid 17 generation 3: was \"killed\" by us\n");
  EXPECT_EQ(describe(event), "exit node 1 pid 17 generation 3: was \"killed\" by us");
}

TEST(EventRing, LeavesOutWhatAnEventDoesNotHave) {
  event_ring ring;
  const auto& event = ring.add({.kind = event_kind::reload_begin}, moment);
  EXPECT_EQ(to_json_line(event),
            R"({"number":1,"time":"2025-11-24T10:06:54.123Z","event":"reload_begin"})"
            "\n");
}

TEST(EventRing, CutsWhatAProcessSaysOfItself) {
  event_ring ring;
  const auto& event =
      ring.add({.kind = event_kind::reload_end, .text = std::string(100'000, 'x')}, moment);
  EXPECT_EQ(event.text.size(), event_ring::longest_text);
}

}  // namespace
}  // namespace shoal::cluster
