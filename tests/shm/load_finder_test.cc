#include "shm/load_finder.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "support/child_process.h"

namespace shoal::shm {
namespace {

using shoal::testing::child_process;
using shoal::testing::signal_pipe;

/// The segments called `name`; other servers may run on this machine.
std::vector<found_segment> find_named(const std::string& name) {
  found_segments all = find_load_segments();
  std::vector<found_segment> ours;
  for (found_segment& s : all.segments) {
    if (s.view.header().name == name) ours.push_back(std::move(s));
  }
  return ours;
}

/// Whether it comes to be so. Whoever looks at the same moment (another `shoal status`, another
/// test program) holds what it looks at too, for as long as that takes.
template <typename Condition>
bool comes_true(Condition holds) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > patience) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string unique_name() { return "finder test " + std::to_string(::getpid()); }

std::uint64_t number(pid_t pid) { return static_cast<std::uint64_t>(pid); }

TEST(FindLoadSegments, FindsThisProcess) {
  const auto segment = load_segment::create(2, unique_name(), read_clock()).value();
  const std::vector alone = {number(::getpid())};
  EXPECT_TRUE(comes_true([&] { return find_named(unique_name()).at(0).holders == alone; }));
  const auto found = find_named(unique_name());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].supervisor, number(::getpid()));
  EXPECT_EQ(found[0].view.slot_count(), 2U);
}

TEST(FindLoadSegments, FindsNothingOnceItsLastHolderIsGone) {
  {
    const auto segment = load_segment::create(1, unique_name(), read_clock()).value();
  }
  EXPECT_TRUE(comes_true([] { return find_named(unique_name()).empty(); }));
}

TEST(FindLoadSegments, ShowsASegmentOnceHoweverManyHoldIt) {
  const auto segment = load_segment::create(1, unique_name(), read_clock()).value();
  const descriptor twice(::fcntl(segment.fd(), F_DUPFD_CLOEXEC, 0));
  child_process child([] { ::pause(); });
  std::vector<std::uint64_t> holders = {number(::getpid()), number(child.pid())};
  std::sort(holders.begin(), holders.end());
  EXPECT_TRUE(comes_true([&] { return find_named(unique_name()).at(0).holders == holders; }));
  const auto found = find_named(unique_name());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].supervisor, number(::getpid()));
}

TEST(FindLoadSegments, SaysThatTheSupervisorIsDead) {
  const std::string name = unique_name();
  const signal_pipe ready;
  const signal_pipe done;
  child_process supervisor([&] {
    const auto segment = load_segment::create(1, name, read_clock()).value();
    if (::fork() == 0) {
      ready.give();
      done.take();
      ::_exit(0);
    }
    ::pause();
  });
  ready.take();
  ASSERT_EQ(find_named(name).size(), 1U);
  EXPECT_EQ(find_named(name)[0].supervisor, number(supervisor.pid()));
  supervisor.kill();
  EXPECT_TRUE(comes_true([&] { return find_named(name).at(0).holders.size() == 1; }));
  const auto orphaned = find_named(name);
  done.give();
  ASSERT_EQ(orphaned.size(), 1U);
  EXPECT_EQ(orphaned[0].supervisor, 0U);
}

TEST(FindLoadSegments, NamesTheProcessWhoseSegmentItCannotRead) {
  auto foreign = segment::create(std::string(load_segment_name), 1 << 20).value();
  const std::uint64_t words[2] = {load_magic, 9};
  std::memcpy(foreign.data(), words, sizeof words);
  ASSERT_TRUE(foreign.seal().ok());
  const auto named_once = [] {
    const auto found = find_load_segments();
    return 1 == std::count_if(found.refused.begin(), found.refused.end(), [](const error& e) {
             return e.message.starts_with("process " + std::to_string(::getpid()) +
                                          ": load segment of layout version 9, but");
           });
  };
  EXPECT_TRUE(comes_true(named_once));
}

TEST(FindLoadSegments, LeavesNoDescriptorBehind) {
  const auto count = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                         std::filesystem::directory_iterator());
  };
  const auto segment = load_segment::create(1, unique_name(), read_clock()).value();
  const auto before = count();
  {
    const auto found = find_load_segments();
  }
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace shoal::shm
