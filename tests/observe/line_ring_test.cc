#include "observe/line_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

namespace shoal::observe {
namespace {

using appended = line_ring::appended;

std::string take(line_ring& ring, std::size_t most = 4096) {
  std::string text(most, '\0');
  text.resize(ring.take(text));
  return text;
}

TEST(LineRing, LinesComeOutInOrder) {
  line_ring ring(64);
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(ring.append("one\n"), appended::kept);
  EXPECT_EQ(ring.append("two\n"), appended::kept);
  EXPECT_FALSE(ring.empty());
  EXPECT_EQ(take(ring), "one\ntwo\n");
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(take(ring), "");
}

TEST(LineRing, ALineThatDoesNotFitIsDroppedWholeAndCounted) {
  line_ring ring(16);
  EXPECT_NE(ring.append("0123456789\n"), appended::dropped);
  EXPECT_EQ(ring.append("012345\n"), appended::dropped);
  EXPECT_NE(ring.append("0123\n"), appended::dropped);  // to the last byte
  EXPECT_EQ(ring.append("\n"), appended::dropped);
  EXPECT_EQ(ring.dropped(), 2U);
  EXPECT_EQ(take(ring), "0123456789\n0123\n");
}

TEST(LineRing, HalfFullIsSaidOnceEachTime) {
  line_ring ring(16);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(ring.append("012\n"), appended::kept);
    EXPECT_EQ(ring.append("345\n"), appended::kept_half_full);
    EXPECT_EQ(ring.append("678\n"), appended::kept);
    EXPECT_EQ(take(ring), "012\n345\n678\n");
  }
}

TEST(LineRing, OnlyWholeLinesAreTaken) {
  line_ring ring(64);
  ring.append("one\n");
  ring.append("three\n");
  EXPECT_EQ(take(ring, 9), "one\n");
  EXPECT_EQ(take(ring, 6), "three\n");
}

TEST(LineRing, ItGoesRound) {
  line_ring ring(16);
  for (int i = 0; i < 100; ++i) {
    const auto line = std::to_string(i * 1001) + "\n";
    ASSERT_NE(ring.append(line), appended::dropped);
    ASSERT_EQ(take(ring), line);
  }
}

TEST(LineRing, TwoThreadsLoseNothingThatIsNotCounted) {
  constexpr int lines = 200'000;
  line_ring ring(4096);
  std::thread worker([&ring] {
    for (int i = 0; i < lines; ++i) ring.append(std::to_string(i) + "\n");
    ring.append("end\n");
    while (!ring.empty()) std::this_thread::yield();
    ring.append("end\n");  // if the first one was dropped
  });
  int seen = 0;
  int last = -1;
  for (bool ended = false; !ended;) {
    const auto text = take(ring, 1000);
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      ASSERT_NE(end, std::string::npos);
      const auto line = text.substr(at, end - at);
      at = end + 1;
      ended = ended || line == "end";
      if (line == "end") continue;
      const int number = std::stoi(line);
      ASSERT_GT(number, last);
      last = number;
      ++seen;
    }
  }
  worker.join();
  EXPECT_LE(seen, lines);
  EXPECT_LE(static_cast<int>(ring.dropped()) + seen, lines + 1);
  EXPECT_GE(static_cast<int>(ring.dropped()) + seen, lines);
}

}  // namespace
}  // namespace shoal::observe
