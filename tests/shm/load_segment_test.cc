#include "shm/load_segment.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

namespace shoal::shm {
namespace {

// The layout, as docs/formats says it. A change here is a change of the format.
static_assert(offsetof(load_header, magic) == 0);
static_assert(offsetof(load_header, layout_version) == 8);
static_assert(offsetof(load_header, bytes) == 16);
static_assert(offsetof(load_header, slot_count) == 24);
static_assert(offsetof(load_header, slot_bytes) == 32);
static_assert(offsetof(load_header, slots_offset) == 40);
static_assert(offsetof(load_header, ring_capacity) == 48);
static_assert(offsetof(load_header, ring_bytes) == 56);
static_assert(offsetof(load_header, rings_offset) == 64);
static_assert(offsetof(load_header, supervisor_pid) == 72);
static_assert(offsetof(load_header, started_ns) == 80);
static_assert(offsetof(load_header, stall_warn_ns) == 88);
static_assert(offsetof(load_header, name) == 128);
static_assert(offsetof(load_header, dispatch) == 192);
static_assert(offsetof(load_header, control) == 384);
static_assert(sizeof(load_header) == 512);

static_assert(offsetof(load_slot, turn_began_ns) == 0);
static_assert(offsetof(load_slot, turn_ended_ns) == 8);
static_assert(offsetof(load_slot, turns) == 16);
static_assert(offsetof(load_slot, connections_open) == 24);
static_assert(offsetof(load_slot, requests_in_flight) == 32);
static_assert(offsetof(load_slot, requests_total) == 40);
static_assert(offsetof(load_slot, connections_accepted) == 48);
static_assert(offsetof(load_slot, busy_ns) == 56);
static_assert(offsetof(load_slot, predicted_work_us) == 64);
static_assert(offsetof(load_slot, unserved) == 72);
static_assert(offsetof(load_slot, jobs_queued) == 80);
static_assert(offsetof(load_slot, state) == 128);
static_assert(offsetof(load_slot, generation) == 136);
static_assert(offsetof(load_slot, pid) == 144);
static_assert(offsetof(load_slot, thread_id) == 152);
static_assert(offsetof(load_slot, node) == 160);
static_assert(offsetof(load_slot, cpu) == 168);
static_assert(offsetof(load_slot, driver) == 176);
static_assert(offsetof(load_slot, boot_ns) == 184);
static_assert(offsetof(load_slot, restarts) == 192);
static_assert(offsetof(load_slot, busy_ppm) == 200);
static_assert(offsetof(load_slot, lag_mean_ns) == 208);
static_assert(offsetof(load_slot, lag_max_ns) == 216);
static_assert(offsetof(load_slot, run_delay_ns) == 224);
static_assert(offsetof(load_slot, resident_bytes) == 232);
static_assert(offsetof(load_slot, stalls) == 240);
static_assert(offsetof(load_slot, rehomed) == 248);

static_assert(offsetof(load_record, first) == 0);
static_assert(offsetof(load_record, at_ns) == 8);
static_assert(offsetof(load_record, requests_total) == 16);
static_assert(offsetof(load_record, busy_ns) == 24);
static_assert(offsetof(load_record, connections_requests) == 32);
static_assert(offsetof(load_record, longest_turn_ns) == 40);
static_assert(offsetof(load_record, generation) == 48);
static_assert(offsetof(load_record, lag_mean_ns) == 56);
static_assert(offsetof(load_record, run_delay_ns) == 64);
static_assert(offsetof(load_record, predicted_work_us) == 72);
static_assert(offsetof(load_record, unserved_jobs) == 80);
static_assert(offsetof(load_record, resident_bytes) == 88);
static_assert(offsetof(load_record, last) == 120);

static_assert(static_cast<int>(worker_state::empty) == 0);
static_assert(static_cast<int>(worker_state::booting) == 1);
static_assert(static_cast<int>(worker_state::ready) == 2);
static_assert(static_cast<int>(worker_state::draining) == 3);
static_assert(static_cast<int>(worker_state::stopped) == 4);
static_assert(static_cast<int>(worker_state::crashed) == 5);
static_assert(static_cast<int>(worker_state::resting) == 6);
static_assert(static_cast<int>(driver_kind::uring) == 1);
static_assert(static_cast<int>(driver_kind::epoll) == 2);

constexpr monotonic_time start{nanoseconds(0x0102030405060708)};

/// What `load_view` says to a copy of a good segment with one word changed.
std::string refusal_of(std::size_t offset, std::uint64_t value) {
  const auto good = load_segment::create(2, "test", start).value();
  const std::size_t bytes = 4096 + 2 * sizeof(load_ring);
  auto copy = segment::create("shoal.test", bytes).value();
  const auto source = mapping::read_only(good.fd(), bytes).value();
  std::memcpy(copy.data(), source.data(), bytes);
  std::memcpy(copy.data() + offset, &value, 8);
  EXPECT_TRUE(copy.seal().ok());
  const auto view = load_view::open(copy.fd());
  return view ? "" : view.error().message;
}

TEST(LoadSegment, KeepsTheDispatchTextAndCutsALongOne) {
  const auto s = load_segment::create(1, "api", start).value();
  const auto view = load_view::open(s.fd()).value();
  EXPECT_EQ(view.dispatch(), "");
  s.set_dispatch("ebpf, least-loaded");
  EXPECT_EQ(view.dispatch(), "ebpf, least-loaded");
  s.set_dispatch(std::string(190, 'x') + "\xc3\xa9");
  EXPECT_EQ(view.dispatch(), std::string(190, 'x'));
  s.set_dispatch({});
  EXPECT_EQ(view.dispatch(), "");
}

TEST(LoadSegment, IsReadThroughItsDescriptor) {
  const auto s = load_segment::create(20, "api", start).value();
  s.slot(19).requests_total.store(5);
  append(s.ring(19), {.at_ns = 6});
  const auto view = load_view::open(s.fd());
  ASSERT_TRUE(view.ok()) << view.error().message;
  EXPECT_EQ(view.value().slot_count(), 20U);
  EXPECT_EQ(view.value().header().name, "api");
  EXPECT_EQ(view.value().header().supervisor_pid, static_cast<std::uint64_t>(::getpid()));
  EXPECT_EQ(view.value().slot(19).requests_total.load(), 5U);
  EXPECT_EQ(read_last(view.value().ring(19), 1).at(0).at_ns, 6U);
}

TEST(LoadSegment, AsksWhereThePagesOfEachWorkerShallLie) {
  constexpr unsigned slots = 40;
  std::vector<unsigned> first_slots;
  std::vector<unsigned> rings;
  std::vector<std::byte*> places;
  const auto place = [&](unsigned worker, std::byte* data, std::size_t bytes) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data) % 4096, 0U);
    places.push_back(data);
    if (bytes == sizeof(load_ring)) {
      rings.push_back(worker);
    } else {
      EXPECT_EQ(bytes, 4096U);
      first_slots.push_back(worker);
    }
  };
  const auto s = load_segment::create(slots, "api", start, place).value();
  // 512 bytes of header, then 256 for each slot: 14 in the first page, 16 in each of the others.
  EXPECT_EQ(first_slots, (std::vector<unsigned>{0, 14, 30}));
  EXPECT_EQ(rings.size(), slots);
  for (unsigned slot = 0; slot < slots; ++slot) {
    EXPECT_EQ(static_cast<void*>(&s.ring(slot)), places[first_slots.size() + slot]);
    EXPECT_EQ(rings[slot], slot);
  }
}

TEST(LoadSegment, CutsALongNameBetweenCharacters) {
  const auto s = load_segment::create(1, std::string(62, 'x') + "\xc3\xa9", start).value();
  EXPECT_EQ(load_view::open(s.fd()).value().header().name, std::string(62, 'x'));
  const auto t = load_segment::create(1, std::string(500, 'y'), start).value();
  EXPECT_EQ(load_view::open(t.fd()).value().header().name, std::string(63, 'y'));
}

TEST(LoadView, RefusesAnotherLayoutVersionAndNamesBoth) {
  EXPECT_EQ(refusal_of(8, 7),
            "load segment of layout version 7, but this program reads version 2: use the program "
            "of the server's release");
}

TEST(LoadView, RefusesWhatIsNoLoadSegment) {
  EXPECT_EQ(refusal_of(0, 0), "not a load segment: its first bytes are not \"SHOALOAD\"");
  auto small = segment::create("shoal.test", 100).value();
  EXPECT_TRUE(small.seal().ok());
  EXPECT_EQ(load_view::open(small.fd()).error().message, "not a load segment: too small");
  EXPECT_FALSE(load_view::open(-1).ok());
  EXPECT_FALSE(load_view::open(STDIN_FILENO).ok());
}

TEST(LoadView, RefusesMemoryThatCouldShrinkUnderIt) {
  const auto open_ended = segment::create("shoal.load", 1 << 20).value();
  EXPECT_EQ(load_view::open(open_ended.fd()).error().message,
            "not a load segment: not sealed against shrinking");
}

TEST(LoadView, RefusesSizesThatContradictEachOther) {
  for (const std::size_t offset : {16, 24, 32, 40, 48, 56, 64}) {
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{4097}, ~std::uint64_t{0}})
      EXPECT_EQ(refusal_of(offset, value),
                "damaged load segment: its header's sizes contradict each other")
          << offset << " " << value;
  }
}

}  // namespace
}  // namespace shoal::shm
