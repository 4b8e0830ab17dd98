#include "status_report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "shm/slot_writer.h"

namespace shoal::tool {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time start{1000s};

worker_report worker(unsigned number, const shm::slot_view& slot) {
  return {.worker = number, .slot = slot};
}

server_report two_workers() {
  server_report server{.name = "api",
                       .supervisor_pid = 10,
                       .supervisor_alive = true,
                       .processes = {10, 11},
                       .uptime = 75s};
  server.workers.push_back(worker(0, {.state = shm::worker_state::ready,
                                      .pid = 11,
                                      .thread_id = 12,
                                      .cpu = 3,
                                      .driver = shm::driver_kind::uring,
                                      .connections_open = 64,
                                      .requests_total = 1234567,
                                      .turn_age = 1200ms,
                                      .heartbeat_age = 1200ms,
                                      .uptime = 75s}));
  server.workers.push_back(worker(1, {.state = shm::worker_state::booting,
                                      .pid = 11,
                                      .thread_id = 13,
                                      .restarts = 2,
                                      .suspect = true}));
  return server;
}

TEST(FormatDuration, KeepsWhatMatters) {
  EXPECT_EQ(format_duration(0ns), "0 us");
  EXPECT_EQ(format_duration(12'345ns), "12 us");
  EXPECT_EQ(format_duration(3'440us), "3.4 ms");
  EXPECT_EQ(format_duration(120ms), "120 ms");
  EXPECT_EQ(format_duration(1'234ms), "1.2 s");
  EXPECT_EQ(format_duration(59s), "59 s");
  EXPECT_EQ(format_duration(184s), "3 min 4 s");
  EXPECT_EQ(format_duration(7'500s), "2 h 5 min");
  EXPECT_EQ(format_duration(99h), "4 d 3 h");
}

TEST(StatusTable, ShowsOneLineForEachWorker) {
  EXPECT_EQ(
      to_table({two_workers()}),
      "api: supervisor 10, up 1 min 15 s, 1 of 2 workers ready\n"
      "node  worker  pid  tid  cpu  driver   state              connections  in flight  requests   "
      "turn  heartbeat      uptime  restarts\n"
      "   0       0   11   12    3  uring    stuck 1.2 s                 64          0   1234567  "
      "1.2 s      1.2 s  1 min 15 s         0\n"
      "   0       1   11   13  any  unknown  booting (damaged)            0          0         0   "
      "   "
      "-       0 us        0 us         2\n");
}

TEST(StatusTable, SaysThatASupervisorIsDead) {
  server_report server = two_workers();
  server.supervisor_alive = false;
  server.processes = {11, 17};
  EXPECT_TRUE(to_table({server}).starts_with(
      "api: supervisor 10 is dead; its segment is held by 11 17, up 1 min 15 s"));
}

TEST(StatusTable, DoesNotPassTerminalSequencesOn) {
  server_report server = two_workers();
  server.name = "a\x1b[2Jb\n";
  EXPECT_TRUE(to_table({server}).starts_with("a?[2Jb?: supervisor"));
}

TEST(StatusTable, IsEmptyWithoutServers) { EXPECT_EQ(to_table({}), ""); }

TEST(StatusJson, HasEveryNumber) {
  server_report server = two_workers();
  server.workers.pop_back();
  EXPECT_EQ(to_json({server}),
            R"({"servers":[{"name":"api","supervisor_pid":10,"supervisor_alive":true,)"
            R"("uptime_seconds":75,"processes":[10,11],"workers":[{"worker":0,"node":0,"pid":11,)"
            R"("thread_id":12,"cpu":3,"driver":"uring","state":"ready","stuck":true,)"
            R"("damaged":false,"generation":0,"restarts":0,"connections_open":64,)"
            R"("connections_accepted":0,"requests_in_flight":0,"requests_total":1234567,)"
            R"("turns":0,"turn_age_seconds":1.2,"heartbeat_age_seconds":1.2,)"
            R"("uptime_seconds":75,"busy_seconds":0}]}]})");
  EXPECT_EQ(to_json({}), R"({"servers":[]})");
}

TEST(StatusReport, LeavesSlotsWithoutAnOwnerOut) {
  const auto segment = shm::load_segment::create(3, "api", start).value();
  shm::slot_writer writer(segment.slot(1), {.pid = 77}, start);
  const shm::found_segment found{
      .view = shm::load_view::open(segment.fd()).value(), .holders = {5}, .supervisor = 5};
  const server_report server = describe(found, start + 9s);
  ASSERT_EQ(server.workers.size(), 1U);
  EXPECT_EQ(server.workers[0].worker, 1U);
  EXPECT_EQ(server.uptime, 9s);
  EXPECT_EQ(server.supervisor_pid, 5U);
  EXPECT_TRUE(server.has_process(77));
  EXPECT_TRUE(server.has_process(5));
  EXPECT_FALSE(server.has_process(6));
}

TEST(StatusReport, KeepsASlotThatHoldsNonsense) {
  const auto segment = shm::load_segment::create(1, "api", start).value();
  segment.slot(0).state.store(99);
  const shm::found_segment found{.view = shm::load_view::open(segment.fd()).value(),
                                 .holders = {5}};
  const server_report server = describe(found, start);
  ASSERT_EQ(server.workers.size(), 1U);
  EXPECT_FALSE(server.supervisor_alive);
  EXPECT_NE(to_table({server}).find("empty (damaged)"), std::string::npos);
}

}  // namespace
}  // namespace shoal::tool
