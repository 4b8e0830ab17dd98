// Mechanisms with real sockets: what each does, and that none of the changes between them loses a
// connection.
#include "dispatch/steering.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "dispatch/steer_cbpf.h"
#include "reuseport_group.h"

namespace shoal::dispatch {
namespace {

constexpr unsigned workers = 4;

std::vector<unsigned> burst(reuseport_group& group, unsigned connections) {
  for (unsigned i = 0; i < connections; ++i) EXPECT_TRUE(group.connect());
  return group.accept_all();
}

unsigned sum(const std::vector<unsigned>& counts) {
  unsigned all = 0;
  for (const auto one : counts) all += one;
  return all;
}

void open_doors(const steering& s) {
  for (auto& entry : s.board().entries()) entry.state = 1;
}

steering must(result<steering> made) {
  EXPECT_TRUE(made.ok()) << made.error().message;
  return std::move(made).value();
}

TEST(SteerCbpf, SharesAreRespected) {
  reuseport_group group(workers);
  const std::uint32_t shares[] = {0, 1, 2, 5};
  ASSERT_TRUE(attach_shares(group.sockets()[0], compile_shares(shares)).ok());
  const auto got = burst(group, 800);  // deviations of 5 sigma and more do not happen
  EXPECT_EQ(got[0], 0U);
  EXPECT_NEAR(got[1], 100, 50);
  EXPECT_NEAR(got[2], 200, 62);
  EXPECT_NEAR(got[3], 500, 70);
}

TEST(SteerCbpf, OnlyOneThatHasAShareGetsAll) {
  reuseport_group group(workers);
  const std::uint32_t shares[] = {0, 0, 7, 0};
  ASSERT_TRUE(attach_shares(group.sockets()[0], compile_shares(shares)).ok());
  EXPECT_EQ(burst(group, 20)[2], 20U);
}

TEST(SteerCbpf, NoSharesMeanAllAlike) {
  reuseport_group group(workers);
  const std::uint32_t shares[workers] = {};
  ASSERT_TRUE(attach_shares(group.sockets()[0], compile_shares(shares)).ok());
  for (const auto each : burst(group, 400)) EXPECT_NEAR(each, 100, 50);
}

TEST(SteerCbpf, AsManyWorkersAsFitAreAccepted) {
  reuseport_group group(2);
  const std::vector<std::uint32_t> shares(most_cbpf_workers, 1);
  const auto attached = attach_shares(group.sockets()[0], compile_shares(shares));
  EXPECT_TRUE(attached.ok()) << attached.error().message;
}

TEST(Steering, OneWorkerNeedsNone) {
  EXPECT_EQ(must(steering::choose({}, 1)).show(), "reuseport, kernel");
}

TEST(Steering, APolicyFindsItsMechanism) {
  EXPECT_EQ(must(steering::choose({.kind = {}, .policy = policy_kind::round_robin}, 4)).show(),
            "handoff, round-robin");
  EXPECT_EQ(
      must(steering::choose({.kind = steer_kind::cbpf, .policy = policy_kind::random}, 4)).show(),
      "cbpf, random (as asked for)");
  EXPECT_EQ(must(steering::choose({.kind = {}, .policy = policy_kind::kernel}, 4)).kind(),
            steer_kind::reuseport);
}

TEST(Steering, WithoutPrivilegeAutomaticIsCbpfAndSaysWhatWouldPermitMore) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    const auto made = steering::choose({}, workers);
    if (!made || made.value().kind() != steer_kind::cbpf) ::_exit(3);
    if (made.value().show().find("cbpf, least-loaded (not ebpf: ") != 0) ::_exit(4);
    if (made.value().reason().find("CAP_BPF") == std::string::npos) ::_exit(5);
    if (steering::choose({.kind = steer_kind::ebpf}, workers)) ::_exit(6);
    reuseport_group group(workers);
    auto mine = must(steering::choose({}, workers));
    if (!mine.attach({group.sockets()})) ::_exit(7);
    std::vector<candidate> all(workers);
    all[2].eligible = true;
    if (!mine.renew(all)) ::_exit(8);
    ::_exit(burst(group, 20)[2] == 20 ? 0 : 9);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "not root: cannot become somebody else";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "is kernel.unprivileged_bpf_disabled off?";
}

TEST(Steering, FallingDownUnderLoadLosesNothing) {
  auto steer = must(steering::choose({}, workers));
  if (steer.kind() != steer_kind::ebpf) GTEST_SKIP() << steer.reason();
  reuseport_group group(workers);
  ASSERT_TRUE(steer.attach({group.sockets()}));
  open_doors(steer);
  std::atomic<unsigned> asked{0};
  std::atomic<bool> over{false};
  std::atomic<unsigned> refused{0};
  std::thread load([&] {
    while (!over) {
      if (!group.connect()) ++refused;
      ++asked;
    }
  });
  const auto pass = [&](unsigned more) {
    for (const auto until = asked + more; asked < until;) std::this_thread::yield();
  };
  pass(200);
  steer.fall_to(steer_kind::cbpf, "a test wants to see it");
  pass(200);
  std::vector<candidate> all(workers, {.eligible = true});
  for (unsigned i = 0; i < 200; ++i) {  // swapped as fast as can be
    all[i % workers].work_us = i * 10;
    EXPECT_TRUE(steer.renew(all));
  }
  pass(200);
  steer.fall_to(steer_kind::reuseport, "another");
  pass(200);
  over = true;
  load.join();
  EXPECT_EQ(refused, 0U);
  EXPECT_EQ(sum(group.accept_all()), asked);
  EXPECT_EQ(steer.show(),
            "reuseport, kernel (not ebpf: a test wants to see it; not cbpf: another)");
}

TEST(Steering, APolicyThatTheLesserOneCannotDoIsGivenUpAloud) {
  auto steer = must(steering::choose({.kind = {}, .policy = policy_kind::sticky}, workers));
  if (steer.kind() != steer_kind::ebpf) GTEST_SKIP() << steer.reason();
  reuseport_group group(workers);
  ASSERT_TRUE(steer.attach({group.sockets()}));
  steer.fall_to(steer_kind::cbpf, "gone");
  EXPECT_EQ(steer.show(),
            "cbpf, least-loaded (not ebpf: gone; without it policy sticky is not kept)");
}

}  // namespace
}  // namespace shoal::dispatch
