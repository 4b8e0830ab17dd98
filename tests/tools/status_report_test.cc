#include "status_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "shm/slot_writer.h"
#include "status_text.h"

namespace shoal::tool {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr monotonic_time start{1000s};

worker_report worker(unsigned number, const shm::slot_view& slot) {
  return {.worker = number, .slot = slot};
}

server_report two_workers() {
  server_report server{.name = "api",
                       .dispatch = "cbpf, least-loaded",
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
                                      .predicted_work_us = 2500,
                                      .unserved = 3,
                                      .jobs_queued = 5,
                                      .stalls = 4,
                                      .rehomed = 5,
                                      .resident_bytes = 12'582'912,
                                      .busy_share = 0.25,
                                      .lag_mean = 40us,
                                      .lag_max = 1200ms,
                                      .run_delay = 7ms,
                                      .turn_age = 1200ms,
                                      .heartbeat_age = 1200ms,
                                      .uptime = 75s}));
  server.workers[0].requests_per_second = 1500;
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

TEST(FormatBytes, KeepsWhatMatters) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(3'565'158), "3.4 MiB");
  EXPECT_EQ(format_bytes(12'582'912), "12 MiB");
  EXPECT_EQ(format_bytes(std::uint64_t{1} << 57), "131072 TiB");
}

TEST(FormatShare, IsInPercent) {
  EXPECT_EQ(format_share(0), "0 %");
  EXPECT_EQ(format_share(0.123), "12.3 %");
  EXPECT_EQ(format_share(1), "100 %");
}

TEST(FormatCount, HasCommas) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(1234567), "1,234,567");
}

TEST(Printable, KeepsCharactersAndNothingThatATerminalObeys) {
  EXPECT_EQ(printable("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f"),
            "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f");
  EXPECT_EQ(printable("\x1b[2J\n\x7f"), "?[2J??");
  EXPECT_EQ(printable("\xc2\x9b\x32J"), "??2J") << "the same sequence, begun by one control";
  EXPECT_EQ(printable("\x9b"
                      "2J\xff\xe2\x82"),
            "?2J???");
}

TEST(StatusTable, ShowsOneLineForEachWorker) {
  EXPECT_EQ(
      to_table({two_workers()}),
      "api: supervisor 10, up 1 min 15 s, 1 of 2 workers ready\n"
      "dispatch: cbpf, least-loaded\n"
      "worker  node  cpu  pid  tid  driver   state              new connections          open"
      "  unserved  in flight  jobs  requests  requests/s    work    busy    lag  lag max  run delay"
      "  memory   turn  stalls  rehomed      uptime  restarts\n"
      "     0     0    3   11   12  uring    ready              no: in a turn for 1.2 s    64"
      "         3          0     5   1234567        1500  2.5 ms  25.0 %  40 us    1.2 s     7.0 ms"
      "  12 MiB  1.2 s       4        5  1 min 15 s         0\n"
      "     1     0  any   11   13  unknown  booting (damaged)  no: damaged slot            0"
      "         0          0     0         0           0    0 us     0 %   0 us     0 us       0 us"
      "     0 B      -       0        0        0 us         2\n");
}

TEST(WorkerReport, SaysWhyItGetsNoConnections) {
  EXPECT_EQ(worker(0, {.state = shm::worker_state::ready}).obstacle(), "");
  EXPECT_EQ(worker(0, {.state = shm::worker_state::ready, .turn_age = 24ms}).obstacle(), "");
  EXPECT_EQ(worker(0, {.state = shm::worker_state::ready, .turn_age = 3200ms}).obstacle(),
            "in a turn for 3.2 s");
  EXPECT_EQ(worker(0, {.state = shm::worker_state::draining}).obstacle(), "draining");
  EXPECT_EQ(worker(0, {.state = shm::worker_state::crashed, .turn_age = 1s}).obstacle(), "crashed");
  EXPECT_EQ(worker(0, {.state = shm::worker_state::ready, .suspect = true}).obstacle(),
            "damaged slot");
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
  EXPECT_EQ(
      to_json({server}),
      R"({"servers":[{"name":"api","supervisor_pid":10,"supervisor_alive":true,)"
      R"("uptime_seconds":75,"dispatch":"cbpf, least-loaded","processes":[10,11],)"
      R"("workers":[{"worker":0,"node":0,"pid":11,)"
      R"("thread_id":12,"cpu":3,"driver":"uring","state":"ready","stuck":true,)"
      R"("eligible":false,"not_eligible_because":"in a turn for 1.2 s",)"
      R"("damaged":false,"generation":0,"restarts":0,"connections_open":64,)"
      R"("connections_accepted":0,"unserved":3,"requests_in_flight":0,)"
      R"("requests_total":1234567,"requests_per_second":1500,"jobs_queued":5,)"
      R"("predicted_work_seconds":0.0025,"turns":0,"stalls":4,"connections_rehomed":5,"busy_share":0.25,)"
      R"("lag_mean_seconds":4e-05,"lag_max_seconds":1.2,"run_delay_seconds":0.007,)"
      R"("resident_bytes":12582912,"turn_age_seconds":1.2,"heartbeat_age_seconds":1.2,)"
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

TEST(StatusReport, TakesTheRateFromTheLastTwoSamplesWhileTheyAreFresh) {
  const auto segment = shm::load_segment::create(1, "api", start).value();
  shm::slot_writer writer(segment.slot(0), {.generation = 2}, start);
  const shm::found_segment found{.view = shm::load_view::open(segment.fd()).value()};
  const auto sample = [&](monotonic_time at, std::uint64_t requests, std::uint64_t generation) {
    shm::append(segment.ring(0),
                {.at_ns = to_ns(at), .requests_total = requests, .generation = generation});
  };
  const auto rate = [&](monotonic_time now) {
    return describe(found, now).workers.at(0).requests_per_second;
  };
  EXPECT_EQ(rate(start), 0);
  sample(start + 1s, 100, 1);
  sample(start + 2s, 700, 2);
  EXPECT_EQ(rate(start + 2s), 0) << "of two processes";
  sample(start + 4s, 1000, 2);
  EXPECT_EQ(rate(start + 5s), 150);
  EXPECT_EQ(rate(start + 7s), 0) << "too old";
  sample(start + 5s, 10, 2);
  EXPECT_EQ(rate(start + 5s), 0) << "a lie";
}

TEST(StatusReport, TakesTheServersOwnLimitOfATurn) {
  const auto segment = shm::load_segment::create(1, "api", start).value();
  segment.set_stall_warn(200ms);
  shm::slot_writer writer(segment.slot(0), {}, start);
  writer.set_state(shm::worker_state::ready);
  writer.turn_began(start);
  const shm::found_segment found{.view = shm::load_view::open(segment.fd()).value()};
  EXPECT_EQ(describe(found, start + 199ms).workers.at(0).obstacle(), "");
  EXPECT_EQ(describe(found, start + 200ms).workers.at(0).obstacle(), "in a turn for 200 ms");
}

TEST(StatusReport, SaysHowConnectionsAreGivenOut) {
  const auto segment = shm::load_segment::create(1, "api", start).value();
  const shm::found_segment found{.view = shm::load_view::open(segment.fd()).value()};
  EXPECT_THAT(to_table({describe(found, start)}), Not(HasSubstr("dispatch")));
  segment.set_dispatch("reuseport: \x1b[2J");
  EXPECT_THAT(to_table({describe(found, start)}), HasSubstr("\ndispatch: reuseport: ?[2J\n"));
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
