// The program in the kernel, with real sockets: what it reads is written here, as workers would.
#include "dispatch/steer_ebpf.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "dispatch/address_key.h"
#include "dispatch/steer_table.h"
#include "dispatch/sticky.h"
#include "reuseport_group.h"

namespace shoal::dispatch {
namespace {

constexpr unsigned workers = 4;
constexpr steer_rules by_load = {
    .workers = workers, .mode = steer_by_load, .stall_ns = 1'000'000, .way_us = 100};

class SteerEbpf : public testing::Test {
 protected:
  void SetUp() override {
    auto made = steer_ebpf::load(workers, by_load);
    if (!made && made.error().code == EPERM) GTEST_SKIP() << made.error().message;
    ASSERT_TRUE(made.ok()) << made.error().message;
    program_.emplace(std::move(made).value());
    const auto attached = program_->attach(group_.sockets());
    ASSERT_TRUE(attached.ok()) << attached.error().message;
    for (unsigned w = 0; w < workers; ++w) {
      entry(w).weight = 1;
      entry(w).state = 1;
    }
  }

  steer_entry& entry(unsigned worker) {
    return reinterpret_cast<steer_entry*>(program_->table().data())[worker];
  }

  /// Workers take what comes at once, so that nothing is on its way.
  unsigned who_gets_one(const std::string& source = "127.0.0.1") {
    EXPECT_TRUE(group_.connect(source));
    for (unsigned w = 0; w < workers; ++w) entry(w).taken = entry(w).given.load();
    return group_.accept_one();
  }

  /// As nobody has taken anything yet.
  unsigned who_gets_first() {
    EXPECT_TRUE(group_.connect());
    return group_.accept_one();
  }

  std::vector<unsigned> burst(unsigned connections) {
    for (unsigned i = 0; i < connections; ++i) EXPECT_TRUE(group_.connect());
    return group_.accept_all();
  }

  reuseport_group group_{workers};
  std::optional<steer_ebpf> program_;
};

TEST_F(SteerEbpf, TheLeastLoadedGetsIt) {
  for (unsigned least = 0; least < workers; ++least) {
    for (unsigned w = 0; w < workers; ++w) entry(w).work_us = w == least ? 100 : 50'000;
    EXPECT_EQ(who_gets_one(), least);
  }
}

TEST_F(SteerEbpf, ABurstIsSpreadAlthoughNobodyReports) {
  const auto got = burst(40);
  for (const auto each : got) EXPECT_EQ(each, 10U);
  for (unsigned w = 0; w < workers; ++w) EXPECT_EQ(entry(w).given.load(), 10U);
}

TEST_F(SteerEbpf, WhatNeverComesToASleeperIsForgottenInTime) {
  const auto now = to_ns(read_clock());
  constexpr std::uint64_t second = 1'000'000'000;
  for (const unsigned w : {0U, 1U, 2U}) entry(w).work_us = 150;
  entry(3).given = 2;  // worth 200 us
  entry(3).given_at_ns = now - second;
  EXPECT_NE(who_gets_first(), 3U);
  entry(3).given_at_ns = now - 2 * second;
  EXPECT_EQ(who_gets_first(), 3U);
}

TEST_F(SteerEbpf, WhoeverIsInATurnForTooLongGetsNothing) {
  entry(2).turn_began_ns = to_ns(read_clock()) - 2'000'000;
  for (unsigned w = 0; w < workers; ++w) entry(w).work_us = w == 2 ? 0 : 900;
  const auto got = burst(30);
  EXPECT_EQ(got[2], 0U);
  EXPECT_EQ(got[0] + got[1] + got[3], 30U);
}

TEST_F(SteerEbpf, AmongIdleOnesWhoeverIsInNoTurnIsPreferred) {
  const auto soon = to_ns(read_clock()) + 60'000'000'000;  // so that the turn never gets old
  for (const unsigned w : {0U, 1U, 3U}) entry(w).turn_began_ns = soon;
  EXPECT_EQ(who_gets_one(), 2U);
}

TEST_F(SteerEbpf, WhoeverMayNotBeChosenGetsNothing) {
  entry(0).state = 0;
  entry(1).weight = 0;
  const auto got = burst(20);
  EXPECT_EQ(got[0] + got[1], 0U);
  EXPECT_EQ(got[2], 10U);
  EXPECT_EQ(got[3], 10U);
}

TEST_F(SteerEbpf, WhereNobodyMayBeChosenTheKernelDecides) {
  for (unsigned w = 0; w < workers; ++w) entry(w).state = 0;
  const auto got = burst(50);
  EXPECT_EQ(got[0] + got[1] + got[2] + got[3], 50U);
  for (unsigned w = 0; w < workers; ++w) EXPECT_EQ(entry(w).given.load(), 0U);
}

TEST_F(SteerEbpf, WeightsAreRespected) {
  entry(1).weight = 3;
  const auto got = burst(60);
  EXPECT_NEAR(got[1], 30, 2);
  for (const unsigned w : {0U, 2U, 3U}) EXPECT_NEAR(got[w], 10, 2);
}

TEST_F(SteerEbpf, ALiarGetsTwiceItsFairShareAtMost) {
  unsigned liar = 0;
  for (int i = 0; i < 640; ++i) {
    for (unsigned w = 1; w < workers; ++w) entry(w).work_us = 5000;
    liar += who_gets_one() == 0 ? 1 : 0;
  }
  EXPECT_LE(liar, 2 * 640 / workers + 32);  // an epoch's begin may be short of its end
  EXPECT_GE(liar, 640 / workers);           // it is not shut out either
}

TEST_F(SteerEbpf, ALoneOneThatMayBeChosenGetsAll) {
  for (const unsigned w : {0U, 1U, 3U}) entry(w).turn_began_ns = 1;
  for (int i = 0; i < 200; ++i) ASSERT_EQ(who_gets_one(), 2U);
}

TEST_F(SteerEbpf, GarbageLosesNoConnection) {
  const auto seed = draw_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  random_source random(seed);
  unsigned all = 0;
  for (int round = 0; round < 100; ++round) {
    auto* const words = reinterpret_cast<std::uint64_t*>(program_->table().data());
    for (unsigned i = 0; i < workers * 8; ++i) words[i] = random.next();
    for (unsigned w = 0; w < workers; ++w) entry(w).state = random.next() % 2;
    for (const auto each : burst(3)) all += each;
  }
  EXPECT_EQ(all, 300U);
}

TEST_F(SteerEbpf, StickyFollowsTheAddressThroughLoad) {
  auto rules = by_load;
  rules.mode = steer_by_address;
  program_->follow(rules);
  std::array<unsigned, 64> home{};
  std::array<unsigned, workers> of_each{};
  for (unsigned a = 0; a < home.size(); ++a) {
    home[a] = who_gets_one("127.0.1." + std::to_string(a + 1));
    ASSERT_LT(home[a], workers);
    ++of_each[home[a]];
  }
  for (const auto count : of_each) EXPECT_GT(count, 0U);
  for (unsigned w = 0; w < workers; ++w) entry(w).work_us = w * 100'000;
  entry(3).state = 0;  // one goes: its clients move, the others do not
  for (unsigned a = 0; a < home.size(); ++a) {
    const auto now = who_gets_one("127.0.1." + std::to_string(a + 1));
    if (home[a] == 3) {
      EXPECT_NE(now, 3U);
    } else {
      EXPECT_EQ(now, home[a]);
    }
  }
}

TEST_F(SteerEbpf, StickyChoosesAsThePolicyDoes) {
  auto rules = by_load;
  rules.mode = steer_by_address;
  program_->follow(rules);
  const std::vector<candidate> all(workers, {.eligible = true});
  for (int a = 1; a < 50; ++a) {
    const auto text = "127.0.2." + std::to_string(a);
    sockaddr_storage from{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(from);
    v4.sin_family = AF_INET;
    ASSERT_EQ(::inet_pton(AF_INET, text.c_str(), &v4.sin_addr), 1);
    EXPECT_EQ(who_gets_one(text), sticky(all, {.key = address_key(from)})) << text;
  }
}

TEST_F(SteerEbpf, ChanceTakesNoNoticeOfLoadButOfStalls) {
  auto rules = by_load;
  rules.mode = steer_by_chance;
  program_->follow(rules);
  entry(0).work_us = 1'000'000;
  entry(1).turn_began_ns = 1;
  const auto got = burst(300);  // deviations of 6 sigma do not happen
  EXPECT_NEAR(got[0], 100, 50);
  EXPECT_EQ(got[1], 0U);
}

TEST_F(SteerEbpf, AnotherAddressSharesTheTable) {
  reuseport_group other(workers);
  ASSERT_TRUE(program_->attach(other.sockets()).ok());
  for (unsigned w = 0; w < workers; ++w) entry(w).work_us = w == 1 ? 0 : 50'000;
  EXPECT_EQ(who_gets_one(), 1U);
  EXPECT_TRUE(other.connect());
  EXPECT_EQ(other.accept_one(), 1U);
  EXPECT_EQ(entry(1).given.load(), 2U);
}

TEST_F(SteerEbpf, OutlivesWhoeverLoadedIt) {
  const auto table = std::move(program_->table());
  auto* const entries = reinterpret_cast<steer_entry*>(table.data());
  for (unsigned w = 0; w < workers; ++w) entries[w].work_us = w == 3 ? 0 : 50'000;
  program_.reset();
  ASSERT_TRUE(group_.connect());
  EXPECT_EQ(group_.accept_one(), 3U);
}

TEST(SteerEbpfRefused, SaysWhatWouldPermitIt) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    const auto made = steer_ebpf::load(workers, by_load);
    const bool told = !made && made.error().message.find("CAP_BPF") != std::string::npos;
    ::_exit(told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "not root: cannot become somebody else";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "is kernel.unprivileged_bpf_disabled off?";
}

}  // namespace
}  // namespace shoal::dispatch
