#include "top_screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/random.h"

namespace shoal::tool {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr screen_size small{.lines = 10, .columns = 60};

worker_report worker(unsigned number, double busy, std::uint64_t open) {
  return {.worker = number,
          .slot = {.state = shm::worker_state::ready,
                   .pid = 100 + number,
                   .connections_open = open,
                   .busy_share = busy},
          .requests_per_second = 1000.0 * number};
}

server_report three_workers() {
  server_report server{.name = "api", .dispatch = "ebpf", .supervisor_pid = 10, .uptime = 75s};
  server.workers = {worker(0, 0.5, 7), worker(1, 0.25, 9), worker(2, 0.75, 8)};
  return server;
}

/// The workers' numbers from top to bottom.
std::string order(const top_view& view) {
  std::string found;
  for (const auto& line : compose({three_workers()}, view)) {
    const auto first = line.text.find_first_not_of(' ');
    if (first > 0 && first != std::string::npos) found += line.text[first];
  }
  return found;
}

TEST(TopScreen, ShowsTheSumAndALineForEachWorker) {
  const auto text = to_plain(compose({three_workers()}, {}));
  EXPECT_TRUE(
      text.starts_with("api: supervisor 10, up 1 min 15 s, 3 of 3 workers ready\n"
                       "3,000 requests/s, 24 connections (0 unserved), 0 in flight, 0 jobs, 1.5 of "
                       "3 workers busy\n"
                       "dispatch: ebpf\n"
                       "worker  node"))
      << text;
  EXPECT_THAT(text, HasSubstr("|||||      50.0 %"));
  EXPECT_THAT(text, HasSubstr("|||        25.0 %"));
}

TEST(TopScreen, SaysThatThereIsNoServer) {
  EXPECT_EQ(to_plain(compose({}, {})), "no shoal server is running\n");
}

TEST(TopScreen, MarksAWorkerThatGetsNoConnections) {
  auto server = three_workers();
  server.workers[1].slot.turn_age = 3200ms;
  const auto lines = compose({server}, {});
  EXPECT_EQ(lines[5].kind, line_kind::alarm);
  EXPECT_THAT(lines[5].text, HasSubstr("in a turn for 3.2 s"));
  EXPECT_EQ(lines[4].kind, line_kind::plain);
}

TEST(TopScreen, SortsFromTheLargestDownAndTheOtherWayRound) {
  EXPECT_EQ(order({}), "012");
  EXPECT_EQ(order({.reversed = true}), "210");
  EXPECT_EQ(order({.key = sort_key::busy}), "201");
  EXPECT_EQ(order({.key = sort_key::busy, .reversed = true}), "102");
  EXPECT_EQ(order({.key = sort_key::open}), "120");
  EXPECT_EQ(order({.key = sort_key::rate}), "210");
  EXPECT_EQ(order({.key = sort_key::memory}), "012") << "equals by number";
}

TEST(TopScreen, IsCutToTheScreen) {
  top_view view;
  const auto frame = paint(compose({three_workers()}, {}), view, {.lines = 4, .columns = 5});
  EXPECT_EQ(frame,
            "\x1b[H"
            "\x1b[1mapi: \x1b[0m\x1b[K\r\n"
            "3,000\x1b[0m\x1b[K\r\n"
            "dispa\x1b[0m\x1b[K\r\n"
            "\x1b[J\x1b[4;1H"
            "\x1b[7mq qui\x1b[0m\x1b[K");
}

TEST(TopScreen, ScrollsNoFurtherThanItGoes) {
  top_view view{.first_line = 1000};
  const auto frame = paint(compose({three_workers()}, {}), view, {.lines = 4, .columns = 80});
  EXPECT_EQ(view.first_line, 4U);
  EXPECT_THAT(frame, HasSubstr("102"));
  EXPECT_THAT(frame, Not(HasSubstr("api")));
  (void)paint(compose({three_workers()}, {}), view, {.lines = 40, .columns = 80});
  EXPECT_EQ(view.first_line, 0U);
}

TEST(TopScreen, DrawsOnAScreenOfAnySize) {
  for (std::size_t lines = 1; lines < 6; ++lines) {
    for (std::size_t columns = 1; columns < 4; ++columns) {
      top_view view;
      EXPECT_FALSE(paint(compose({three_workers()}, {}), view, {lines, columns}).empty());
    }
  }
}

TEST(TopScreen, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to_width("caf\xc3\xa9 au lait", 4), "caf\xc3\xa9");
  EXPECT_EQ(cut_to_width("abc", 9), "abc");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

TEST(TopKeys, ChooseOrderAndPlace) {
  top_view view;
  EXPECT_TRUE(heed_keys(">", view, small));
  EXPECT_EQ(view.key, sort_key::busy);
  EXPECT_TRUE(heed_keys("\x1b[D\x1b[D", view, small));
  EXPECT_EQ(view.key, sort_key::memory);
  EXPECT_TRUE(heed_keys("rjj\x1b[A", view, small));
  EXPECT_TRUE(view.reversed);
  EXPECT_EQ(view.first_line, 1U);
  EXPECT_TRUE(heed_keys("\x1b[6~", view, small));
  EXPECT_EQ(view.first_line, 9U);
  EXPECT_TRUE(heed_keys("\x1b[5~\x1b[5~", view, small));
  EXPECT_EQ(view.first_line, 0U);
}

TEST(TopKeys, LeaveByQ) {
  top_view view;
  EXPECT_FALSE(heed_keys("q", view, small));
  EXPECT_FALSE(heed_keys("xx\x1b[24~q", view, small)) << "behind keys that mean nothing";
  EXPECT_TRUE(heed_keys("\x1b[99q", view, small)) << "a part of another key";
}

TEST(TopKeys, MayBeAnything) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  for (int round = 0; round < 5000; ++round) {
    std::string keys;
    for (auto n = random.below(8); n > 0; --n) keys += "\x1b[ABCD~0;q<>rjk b\xff"[random.below(18)];
    top_view view;
    (void)heed_keys(keys, view, small);
    EXPECT_LT(static_cast<int>(view.key), sort_keys);
  }
}

}  // namespace
}  // namespace shoal::tool
