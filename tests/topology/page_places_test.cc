#include "topology/page_places.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>

#include "topology/misplaced.h"
#include "topology/thread_place.h"

namespace shoal::topology {
namespace {

constexpr unsigned both[] = {0, 1};

std::vector<unsigned> nothing(const page_range&) { return {}; }

// As Linux 6.1 writes it; the last lines are none of its.
constexpr std::string_view two_nodes =
    "55682e1d7000 bind:1 file=/usr/bin/api mapped=7 mapmax=3 N0=5 N1=2 kernelpagesize_kB=4\n"
    "55682f000000 bind:1 heap anon=30 dirty=30 N0=20 N1=10 kernelpagesize_kB=4\n"
    "7f0000000000 bind:1 anon=9 dirty=9 active=0 N0=1 N1=8 kernelpagesize_kB=4\n"
    "7f0010000000 bind:1 anon=100 dirty=100 N0=10 N1=90 kernelpagesize_kB=4\n"
    "7f0020000000 bind:1 anon=2 dirty=2 N1=2 kernelpagesize_kB=2048\n"
    "7f1234560000 interleave:0-1 file=/memfd:shoal.load\\040(deleted) dirty=33 N0=11 N1=22 "
    "kernelpagesize_kB=4\n"
    "7f1234600000 default file=anon_inode:[io_uring] dirty=5 N1=5 kernelpagesize_kB=4\n"
    "7ffe00000000 bind:1 stack anon=3 dirty=3 N0=3 kernelpagesize_kB=4\n"
    "zz default N0=7\n"
    "7ffe10000000\n"
    "7ffe20000000 default N=1 N0= Nx=3 N9=4 N0=18446744073709551616\n"
    "\n";

TEST(PagePlaces, AreCountedByWhatTheMappingIs) {
  const auto found = count_pages(two_nodes, both, {}, nothing);
  EXPECT_EQ(found.of(page_kind::program), (node_pages{28, 12})) << "file, heap and stack of main";
  EXPECT_EQ(found.of(page_kind::heap), (node_pages{11, 98 + 1024}))
      << "64 MiB apart; two large pages are 1,024 small ones";
  EXPECT_EQ(found.of(page_kind::shared), (node_pages{11, 22}));
  EXPECT_EQ(found.of(page_kind::rings), (node_pages{0, 5}));
  EXPECT_EQ(found.of(page_kind::other), (node_pages{0, 0}));
}

TEST(PagePlaces, OfKnownRangesAreAskedForOneByOne) {
  const page_range known[] = {{page_kind::stacks, 0x7f0010001000, 0x7f0010009000},
                              {page_kind::slots, 0x7f1234561000, 0x7f1234563000},
                              {page_kind::buffers, 0x1000, 0x2000}};
  const auto ask = [](const page_range& where) -> std::vector<unsigned> {
    if (where.kind == page_kind::stacks) return {0, 1, 1, 1};
    if (where.kind == page_kind::slots) return std::vector<unsigned>(40, 0);
    return {1, 7};
  };
  const auto found = count_pages(two_nodes, both, known, ask);
  EXPECT_EQ(found.of(page_kind::stacks), (node_pages{1, 3}));
  EXPECT_EQ(found.of(page_kind::heap), (node_pages{11 - 1, 98 + 1024 - 3})) << "not counted twice";
  EXPECT_EQ(found.of(page_kind::slots), (node_pages{40, 0}));
  EXPECT_EQ(found.of(page_kind::shared), (node_pages{0, 22})) << "some came after the first look";
  EXPECT_EQ(found.of(page_kind::buffers), (node_pages{0, 1})) << "below all mappings";
}

TEST(PagePlaces, OfThisProcessAreWhatTheKernelSays) {
  constexpr std::size_t pages = 64;
  const auto memory = std::make_unique<std::byte[]>((pages + 1) * 4096);  // touched: zeroed
  const auto begin = (reinterpret_cast<std::uintptr_t>(memory.get()) + 4095) / 4096 * 4096;
  const page_range known[] = {{page_kind::buffers, begin, begin + pages * 4096},
                              stack_of_this_thread()};
  if (ask_kernel(known[0]).empty()) GTEST_SKIP() << "this kernel does not say where pages are";
  EXPECT_EQ(ask_kernel(known[0]).size(), pages);
  std::vector<unsigned> nodes;
  for (unsigned node = 0; node < 64; ++node) nodes.push_back(node);
  const auto found = read_page_places(nodes, known);
  if (!found) GTEST_SKIP() << found.error().message;
  std::uint64_t buffers = 0;
  for (const auto each : found.value().of(page_kind::buffers)) buffers += each;
  EXPECT_EQ(buffers, pages);
  EXPECT_GT(permille_on(found.value().of(page_kind::stacks), std::vector<bool>(64, true)), 0U);
}

/// 100 pages of each kind with a plan: `far` of them on node 0, the rest on node 1.
page_places with(std::uint64_t far) {
  page_places p;
  p.pages.fill({far, 100 - far});
  return p;
}

TEST(Misplaced, IsWhatLiesElsewhereThanPlanned) {
  const memory_expectation bound{{memory_policy::bind, {1}}, {1}};
  EXPECT_TRUE(find_misplaced(bound, both, with(5)).empty()) << "95 % are good";
  const auto found = find_misplaced(bound, both, with(6));
  ASSERT_EQ(found.size(), 5U) << "of the program and what is shared there is no plan";
  EXPECT_EQ(found[3].text,
            "6.0 % of the 100 pages of receive buffers lie elsewhere than on NUMA node 1 (memory "
            "bind to NUMA node 1)");
  EXPECT_EQ(remote_permille(bound, both, with(6)), 60U);
  page_places few;
  few.pages.fill({7, 0});
  EXPECT_TRUE(find_misplaced(bound, both, few).empty()) << "seven pages prove nothing";
}

TEST(Misplaced, CountsTheNodesOfWorkersWhereThereIsNoPolicy) {
  const memory_expectation free{{}, {1}};
  EXPECT_EQ(find_misplaced(free, both, with(50)).size(), 5U);
  EXPECT_EQ(find_misplaced({{}, {0, 1}}, both, with(50)).size(), 0U);
  EXPECT_TRUE(find_misplaced(free, std::span(both, 1), with(50)).empty()) << "one node";
}

TEST(Misplaced, IsAnUnevenShareOfWhatIsInterleaved) {
  const memory_expectation even{{memory_policy::interleave, {0, 1}}, {0}};
  EXPECT_TRUE(find_misplaced(even, both, with(45)).empty());
  const auto found = find_misplaced(even, both, with(44));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].text,
            "NUMA node 0 has 44.0 % of 400 pages that are interleaved, and should have 50.0 %");
  EXPECT_EQ(remote_permille(even, both, with(44)), 0U);
  EXPECT_TRUE(find_misplaced({{memory_policy::weighted, {0, 1}}, {0}}, both, with(0)).empty());
}

TEST(ThreadPlace, IsReadBehindAnyName) {
  const auto where = parse_thread_place(
      "12 (a) b (c)) S 1 2 3 0 -1 64 5 0 0 0 1 2 0 0 20 0 9 0 300 400 500 18446744073709551615 1 2 "
      "3 4 5 0 0 0 0 0 0 0 17 6 0 0 0 0 0\n",
      "a (12, #threads: 9)\n----\nse.exec_start  :  1.5\nse.nr_migrations      :     21\nx : 1\n");
  EXPECT_EQ(where.core, 6U);
  EXPECT_EQ(where.migrations, 21U);
}

TEST(ThreadPlace, IsNotKnownWhereTheKernelDoesNotSay) {
  for (const auto* text :
       {"", "12 (a", "12 (a) S 1 2", "se.nr_migrations", "se.nr_migrations : x"}) {
    EXPECT_FALSE(parse_thread_place(text, text).core) << text;
    EXPECT_FALSE(parse_thread_place(text, text).migrations) << text;
  }
  EXPECT_TRUE(read_thread_place(::gettid()).core);
}

}  // namespace
}  // namespace shoal::topology
