#include "observe/cluster_metrics.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "base/random.h"
#include "shm/slot_writer.h"
#include "support/prometheus_text.h"

namespace shoal::observe {
namespace {

using namespace std::chrono_literals;
using shm::total;
using testing::prometheus_text;

/// Three workers of two processes: 0 and 1, and 2.
struct small_cluster {
  shm::load_segment segment = shm::load_segment::create(3, "api", read_clock() - 100s).value();
  overview seen{.slots = shm::load_view::open(segment.fd()).value(),
                .tallies = shm::tally_table::create(3).value(),
                .pages = shm::page_table::create(3).value(),
                .numa_nodes = {0, 2},
                .process_of = {0, 0, 1},
                .version = "1.2.3"};

  [[nodiscard]] prometheus_text read() const {
    prometheus_text text(tell(seen));
    EXPECT_EQ(text.problem, "");
    return text;
  }
};

using labels = std::map<std::string, std::string>;

TEST(ClusterMetrics, TellOfAClusterThatHasNotBegun) {
  const small_cluster c;
  const auto text = c.read();
  EXPECT_EQ(text.sum("shoal_build_info", {{"version", "1.2.3"}}), 1);
  EXPECT_GE(text.sum("shoal_uptime_seconds"), 100);
  EXPECT_EQ(text.sum("shoal_worker_state", {{"state", "empty"}}), 3);
  EXPECT_EQ(text.sum("shoal_worker_state"), 3) << "each is in one state";
  EXPECT_EQ(text.sum("shoal_worker_damaged"), 0);
  EXPECT_EQ(text.sum("shoal_requests_total"), 0) << "a series begins at 0, or its first is lost";
  EXPECT_EQ(text.sum("shoal_request_duration_seconds_count"), 0);
  EXPECT_EQ(text.sum("shoal_worker_info"), -1);
}

TEST(ClusterMetrics, TellWherePagesLieOnceSomebodyHasLooked) {
  const small_cluster c;
  EXPECT_EQ(c.read().sum("shoal_process_numa_memory_bytes"), -1);
  auto& pages = c.seen.pages.of(2);
  pages.looked_ns = 1;
  pages.remote_permille = 125;
  pages.pages[3][1] = 16;
  pages.core = 5;  // one more than it is
  pages.near = 3;
  pages.far = 1;
  const auto text = c.read();
  const labels buffers = {{"node", "1"}, {"kind", "buffers"}, {"numa_node", "2"}};
  EXPECT_EQ(text.sum("shoal_process_numa_memory_bytes", buffers), 65536);
  EXPECT_EQ(text.sum("shoal_process_numa_memory_bytes"), 65536);
  EXPECT_EQ(text.sum("shoal_process_numa_remote_ratio", {{"node", "1"}}), 0.125);
  EXPECT_EQ(text.sum("shoal_worker_cpu", {{"worker", "2"}, {"node", "1"}}), 4);
  EXPECT_EQ(text.sum("shoal_worker_migrations"), -1) << "this kernel does not say";
  EXPECT_EQ(text.sum("shoal_connections_packets_total", {{"side", "near"}}), 3);
  EXPECT_EQ(text.sum("shoal_connections_packets_total", {{"side", "far"}}), 1);
}

TEST(ClusterMetrics, TellWhatAWorkerSays) {
  const small_cluster c;
  shm::slot_writer writer(
      c.segment.slot(2), {.pid = 77, .thread_id = 78, .node = 5, .driver = shm::driver_kind::uring},
      read_clock() - 10s);
  writer.set_state(shm::worker_state::ready);
  writer.turn_began(read_clock() - 3s);
  writer.turn_ended(read_clock(), {.connections_open = 7,
                                   .requests_in_flight = 3,
                                   .predicted_work_us = 1500,
                                   .unserved = 2,
                                   .jobs_queued = 4});
  writer.window_closed({.busy_ppm = 250'000, .lag_mean_ns = 1'000'000, .resident_bytes = 4096});
  const auto text = c.read();
  const labels two = {{"worker", "2"}, {"node", "1"}};
  EXPECT_EQ(text.sum("shoal_worker_state", {{"worker", "2"}, {"state", "ready"}}), 1);
  EXPECT_EQ(text.sum("shoal_worker_info", {{"worker", "2"},
                                           {"node", "1"},
                                           {"numa_node", "5"},
                                           {"cpu", "any"},
                                           {"driver", "uring"},
                                           {"pid", "77"}}),
            1);
  EXPECT_EQ(text.sum("shoal_connections_open", two), 7);
  EXPECT_EQ(text.sum("shoal_connections_unserved", two), 2);
  EXPECT_EQ(text.sum("shoal_requests_in_flight", two), 3);
  EXPECT_EQ(text.sum("shoal_jobs", two), 4);
  EXPECT_EQ(text.sum("shoal_predicted_work_seconds", two), 0.0015);
  EXPECT_EQ(text.sum("shoal_loop_busy_ratio", two), 0.25);
  EXPECT_EQ(text.sum("shoal_loop_lag_mean_seconds", two), 0.001);
  EXPECT_EQ(text.sum("shoal_process_resident_memory_bytes", {{"node", "1"}}), 4096);
  EXPECT_EQ(text.sum("shoal_process_resident_memory_bytes", {{"node", "0"}}), 0);
  EXPECT_EQ(text.sum("shoal_worker_state", {{"worker", "0"}, {"state", "empty"}}), 1);
}

TEST(ClusterMetrics, TellWhatWasCounted) {
  const small_cluster c;
  auto& tally = c.seen.tallies.of(1);
  shm::take_up(tally, 4, 3);
  shm::add(tally, total::answers_2xx, 10);
  shm::add(tally, total::answers_5xx, 2);
  shm::add(tally, total::busy_ns, 1'500'000'000);
  shm::add(tally, total::log_lines_lost, 6);
  shm::add_latency(tally, 200us, 10);
  const auto text = c.read();
  EXPECT_EQ(text.sum("shoal_requests_total", {{"worker", "1"}, {"code", "2xx"}}), 10);
  EXPECT_EQ(text.sum("shoal_requests_total", {{"node", "0"}}), 12);
  EXPECT_EQ(text.sum("shoal_loop_busy_seconds_total"), 1.5);
  EXPECT_EQ(text.sum("shoal_process_restarts_total", {{"node", "0"}}), 3);
  EXPECT_EQ(text.sum("shoal_process_generation", {{"node", "0"}}), 4);
  EXPECT_EQ(text.sum("shoal_process_restarts_total", {{"node", "1"}}), 0);
  EXPECT_EQ(text.sum("shoal_access_log_lines_lost_total", {{"node", "0"}}), 6);
  const auto* const bucket = "shoal_request_duration_seconds_bucket";
  EXPECT_EQ(text.sum(bucket, {{"worker", "1"}, {"le", "1e-04"}}), 0);
  EXPECT_EQ(text.sum(bucket, {{"worker", "1"}, {"le", "0.00025"}}), 10);
  EXPECT_EQ(text.sum("shoal_request_duration_seconds_sum", {{"worker", "1"}}), 0.002);
}

TEST(ClusterMetrics, GoOnWhileAProcessIsReplaced) {
  const small_cluster c;
  std::optional<shm::slot_writer> owner;
  owner.emplace(c.segment.slot(0), shm::worker_identity{}, read_clock());
  shm::add(c.seen.tallies.of(0), total::accepted, 5);
  shm::mark_gone(c.segment.slot(0), shm::worker_state::crashed);
  EXPECT_EQ(c.read().sum("shoal_worker_state", {{"worker", "0"}, {"state", "crashed"}}), 1);
  EXPECT_EQ(c.read().sum("shoal_connections_accepted_total"), 5);
  owner.emplace(c.segment.slot(0), shm::worker_identity{}, read_clock());
  shm::take_up(c.seen.tallies.of(0), 1, 1);
  EXPECT_EQ(c.read().sum("shoal_connections_accepted_total"), 5);
}

TEST(ClusterMetrics, LeaveOutWhatCannotBeTrueAndSayWhose) {
  const small_cluster c;
  c.segment.slot(1).state.store(static_cast<std::uint64_t>(shm::worker_state::ready));
  c.segment.slot(1).connections_open.store(~std::uint64_t{0});
  c.seen.tallies.of(2).counts[0].store(~std::uint64_t{0});
  const auto text = c.read();
  EXPECT_EQ(text.sum("shoal_worker_damaged", {{"worker", "0"}}), 0);
  EXPECT_EQ(text.sum("shoal_worker_damaged", {{"worker", "1"}}), 1);
  EXPECT_EQ(text.sum("shoal_worker_damaged", {{"worker", "2"}}), 1);
  EXPECT_EQ(text.sum("shoal_connections_open", {{"worker", "1"}}), -1);
  EXPECT_EQ(text.sum("shoal_worker_state", {{"worker", "1"}}), -1);
  EXPECT_EQ(text.sum("shoal_requests_total", {{"worker", "1"}}), 0) << "what it has counted stands";
  EXPECT_EQ(text.sum("shoal_requests_total", {{"worker", "2"}}), -1);
  EXPECT_EQ(text.sum("shoal_connections_open", {{"worker", "2"}}), 0);
  EXPECT_EQ(text.sum("shoal_process_restarts_total", {{"node", "1"}}), -1);
}

TEST(ClusterMetrics, SayWhoGivesConnectionsAndWhyItIsNobodyBetter) {
  const small_cluster c;
  struct said {
    const char* text;
    labels means;
  };
  for (const auto& [text, means] :
       {said{"ebpf, least-loaded",
             {{"mechanism", "ebpf"}, {"policy", "least-loaded"}, {"reason", ""}}},
        said{"cbpf, least-loaded (not ebpf: no \"CAP_BPF\")",
             {{"mechanism", "cbpf"},
              {"policy", "least-loaded"},
              {"reason", "not ebpf: no \"CAP_BPF\""}}},
        said{"cbpf, random (cut h", {{"policy", "random"}, {"reason", "cut h"}}},
        said{"", {{"mechanism", ""}, {"policy", ""}}},
        said{" (,", {{"mechanism", ""}, {"policy", ""}, {"reason", ","}}},
        said{"\x1b[2J\xff\n", {{"mechanism", "?[2J??"}}}}) {
    c.segment.set_dispatch(text);
    EXPECT_EQ(c.read().sum("shoal_dispatch_info", means), 1) << text;
  }
}

/// Random words of random size: small ones are the likeliest to be believed.
template <typename Part>
void spoil(Part& part, random_source& random) {
  auto* const words = reinterpret_cast<shm::word*>(&part);
  for (std::size_t i = 0; i < sizeof part / sizeof(shm::word); ++i) {
    words[i].store(random.next() >> random.below(64), std::memory_order_relaxed);
  }
}

TEST(ClusterMetrics, AreWellFormedWhateverLiesInSharedMemory) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  const small_cluster c;
  for (int round = 0; round < 300; ++round) {
    for (unsigned w = 0; w < 3; ++w) {
      spoil(c.segment.slot(w), random);
      if (random.one_in(2)) c.segment.slot(w).state.store(random.below(6));
      if (random.one_in(2)) spoil(c.seen.tallies.of(w), random);
    }
    std::string words;
    for (int i = 0; i < 100; ++i) words += static_cast<char>(1 + random.below(255));
    c.segment.set_dispatch(words);
    EXPECT_FALSE(c.read().samples.empty());
  }
}

}  // namespace
}  // namespace shoal::observe
