#include "shm/segment.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "support/child_process.h"

namespace shoal::shm {
namespace {

segment must_create(std::size_t bytes) {
  auto s = segment::create("shoal.test", bytes);
  SHOAL_CHECK(s.ok());
  return std::move(s).value();
}

TEST(Segment, StartsWithZerosAndCanBeWritten) {
  const segment s = must_create(10000);
  ASSERT_EQ(s.size(), 10000U);
  EXPECT_TRUE(
      std::all_of(s.data(), s.data() + s.size(), [](std::byte b) { return b == std::byte{0}; }));
  s.data()[9999] = std::byte{7};
}

TEST(Segment, IsClosedByExec) { EXPECT_NE(::fcntl(must_create(1).fd(), F_GETFD) & FD_CLOEXEC, 0); }

// A limit stands in for a machine that is full: the kernel would fill a real one to the brim first.
TEST(Segment, FailsAtOnceWhereMemoryIsShort) {
  shoal::testing::child_process child([] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, 4096};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) ::_exit(1);
    const auto s = segment::create("shoal.test", 8192);
    const std::string expected =
        "cannot allocate 8192 bytes of shared memory shoal.test: File too large";
    ::_exit(!s && s.error().message == expected ? 0 : 2);
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(SealedSegment, CanBeNeitherResizedNorOpenedForWriting) {
  segment s = must_create(8192);
  EXPECT_FALSE(is_sealed(s.fd()));
  ASSERT_TRUE(s.seal().ok());
  EXPECT_TRUE(is_sealed(s.fd()));

  EXPECT_EQ(::ftruncate(s.fd(), 0), -1);
  EXPECT_EQ(::ftruncate(s.fd(), 16384), -1);
  EXPECT_EQ(::write(s.fd(), "x", 1), -1);
  EXPECT_EQ(::fallocate(s.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), -1);
  EXPECT_FALSE(mapping::read_write(s.fd(), s.size()).ok());
  const descriptor again(::open(("/proc/self/fd/" + std::to_string(s.fd())).c_str(), O_RDWR));
  if (again) {
    EXPECT_FALSE(mapping::read_write(again.get(), s.size()).ok());
  }
  EXPECT_NE(::fcntl(s.fd(), F_ADD_SEALS, F_SEAL_WRITE), 0) << "the seals themselves are sealed";
}

TEST(SealedSegment, GivesObserversAViewThatCannotBeRaised) {
  segment s = must_create(4096);
  ASSERT_TRUE(s.seal().ok());
  const auto view = mapping::read_only(s.fd(), s.size());
  ASSERT_TRUE(view.ok());
  s.data()[5] = std::byte{9};
  EXPECT_EQ(view.value().data()[5], std::byte{9});
  EXPECT_EQ(::mprotect(view.value().data(), 4096, PROT_READ | PROT_WRITE), -1);
}

TEST(SealedSegment, IsStillWrittenByAChild) {
  segment s = must_create(4096);
  ASSERT_TRUE(s.seal().ok());
  shoal::testing::child_process child([&] { s.data()[0] = std::byte{1}; });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(s.data()[0], std::byte{1});
}

TEST(Segment, OutlivesItsDescriptorInAMapping) {
  auto s = std::optional<segment>(must_create(4096));
  s->data()[0] = std::byte{3};
  const auto view = mapping::read_only(s->fd(), 4096);
  s.reset();
  EXPECT_EQ(view.value().data()[0], std::byte{3});
}

}  // namespace
}  // namespace shoal::shm
