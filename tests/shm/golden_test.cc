// The layouts of docs/formats, held to a file: tests/shm/load_segment.golden has each word of a
// segment that is not 0. Whoever changes a layout changes this file, the page and the version.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <string>

#include "shm/load_segment.h"
#include "shm/slot_reader.h"
#include "shm/slot_writer.h"

namespace shoal::shm {
namespace {

using namespace std::chrono_literals;

constexpr unsigned slots = 2;
constexpr std::size_t bytes = 4096 + slots * 135'168;
constexpr std::size_t supervisor_pid_at = 72;  // another one in every run
constexpr monotonic_time start{1000s};

/// Every word that has a meaning has a number of its own.
load_segment sample_segment() {
  auto s = load_segment::create(slots, "api \xc3\xa9", start).value();
  s.set_dispatch("cbpf, least-loaded");
  s.set_stall_warn(30ms);
  slot_writer writer(s.slot(1),
                     {.generation = 3,
                      .pid = 100,
                      .thread_id = 101,
                      .node = 1,
                      .cpu = 5,
                      .driver = driver_kind::uring,
                      .restarts = 2},
                     start + 1s);
  writer.set_state(worker_state::ready);
  writer.turn_began(start + 3s);
  writer.turn_ended(start + 4s, {.connections_open = 7,
                                 .requests_in_flight = 8,
                                 .requests_total = 9,
                                 .connections_accepted = 10,
                                 .predicted_work_us = 11,
                                 .unserved = 12,
                                 .jobs_queued = 13});
  writer.stalled();
  for (int i = 0; i < 32; ++i) writer.rehomed();
  writer.window_closed({.busy_ppm = 14,
                        .lag_mean_ns = 15,
                        .lag_max_ns = 16,
                        .run_delay_ns = 17,
                        .resident_bytes = 18});
  writer.turn_began(start + 5s);
  append(s.ring(0), {.at_ns = 1});
  append(s.ring(1), {.at_ns = 19,
                     .requests_total = 20,
                     .busy_ns = 21,
                     .connections_open = 22,
                     .requests_in_flight = 23,
                     .longest_turn_ns = 24,
                     .generation = 25,
                     .lag_mean_ns = 26,
                     .run_delay_ns = 27,
                     .predicted_work_us = 28,
                     .unserved = 29,
                     .jobs_queued = 30,
                     .resident_bytes = 31});
  return s;
}

std::string dump(const std::byte* data) {
  std::ostringstream text;
  for (std::size_t at = 0; at < bytes; at += 8) {
    std::uint64_t value = 0;
    std::memcpy(&value, data + at, 8);
    if (value == 0 || at == supervisor_pid_at) continue;
    text << std::dec << at << " 0x" << std::hex << std::setw(16) << std::setfill('0') << value
         << '\n';
  }
  return text.str();
}

std::string golden() {
  std::ifstream file(GOLDEN_FILE);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(GoldenSegment, HasTheBytesThatTheFormatsSpecify) {
  const auto s = sample_segment();
  const auto map = mapping::read_only(s.fd(), bytes).value();
  EXPECT_EQ(dump(map.data()), golden());
}

TEST(GoldenSegment, IsReadAsItWasWrittenByAnotherProgram) {
  auto copy = segment::create("shoal.test", bytes).value();
  std::istringstream lines(golden());
  std::size_t at = 0;
  for (std::string number; lines >> at >> number;) {
    const std::uint64_t value = std::stoull(number, nullptr, 16);
    std::memcpy(copy.data() + at, &value, 8);
  }
  ASSERT_TRUE(copy.seal().ok());
  const auto opened = load_view::open(copy.fd());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const load_view& view = opened.value();
  EXPECT_EQ(view.header().name, "api \xc3\xa9");
  EXPECT_EQ(view.header().stall_warn, 30ms);
  EXPECT_EQ(view.dispatch(), "cbpf, least-loaded");
  const slot_view v = read_slot(view.slot(1), start + 5s + 20ms);
  EXPECT_FALSE(v.suspect);
  EXPECT_EQ(v.state, worker_state::ready);
  EXPECT_EQ(v.generation, 3U);
  EXPECT_EQ(v.turn_age, 20ms);
  EXPECT_EQ(v.predicted_work_us, 11U);
  EXPECT_EQ(v.run_delay, 17ns);
  EXPECT_EQ(v.resident_bytes, 18U);
  EXPECT_EQ(v.stalls, 1U);
  EXPECT_EQ(v.rehomed, 32U);
  EXPECT_EQ(read_slot(view.slot(0), start).state, worker_state::empty);
  const auto samples = read_last(view.ring(1), 10);
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].requests_in_flight, 23U);
  EXPECT_EQ(samples[0].unserved, 29U);
  EXPECT_EQ(samples[0].jobs_queued, 30U);
  EXPECT_EQ(samples[0].resident_bytes, 31U);
}

}  // namespace
}  // namespace shoal::shm
