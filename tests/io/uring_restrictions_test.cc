// What a ring of the driver's refuses: asked of the kernel, request by request.
#include "io/uring/restrictions.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "io/uring/ring.h"

namespace shoal::io::uring {
namespace {

const std::vector<unsigned> of_the_driver = {
    IORING_OP_ACCEPT,       IORING_OP_RECV,  IORING_OP_SEND,    IORING_OP_CONNECT,
    IORING_OP_ASYNC_CANCEL, IORING_OP_CLOSE, IORING_OP_POLL_ADD};

class UringRestrictions : public ::testing::Test {
 protected:
  void open(const uring_features& used) {
    ring_ = std::make_unique<ring>(system_calls_);
    if (const int code = ring_->open(8, used); code != 0) GTEST_SKIP() << "io_uring: " << -code;
    ASSERT_EQ(ring_->enable(used), 0);
  }
  void SetUp() override { open({}); }

  /// The kernel's answer to a request about no file.
  int answer_to(unsigned operation, unsigned flags = 0) {
    io_uring_sqe& entry = ring_->next_entry();
    std::memset(&entry, 0, sizeof entry);
    entry.opcode = static_cast<__u8>(operation);
    entry.flags = static_cast<__u8>(flags);
    entry.fd = -1;
    EXPECT_TRUE(ring::passed(ring_->enter(ring::waiting::poll)));
    if (ring_->empty()) return 0;
    const int answer = ring_->pop().result;
    while (!ring_->empty()) ring_->pop();  // a send without copies tells of its bytes, too
    return answer;
  }

  void expect_taken(const std::vector<unsigned>& operations) {
    for (unsigned operation = 0; operation < IORING_OP_LAST; ++operation) {
      const bool ours = std::count(operations.begin(), operations.end(), operation) > 0;
      EXPECT_EQ(answer_to(operation) != -EACCES, ours) << "operation " << operation;
    }
  }

  std::uint64_t system_calls_ = 0;
  std::unique_ptr<ring> ring_;
};

TEST_F(UringRestrictions, TakeRequestsThatTheDriverMakesAndNoOthers) {
  expect_taken(of_the_driver);
}

TEST_F(UringRestrictions, TakeWhatAFeatureNeedsWhereItIsUsed) {
  open({.zero_copy_send = true});
  auto operations = of_the_driver;
  operations.push_back(IORING_OP_SEND_ZC);
  expect_taken(operations);
  open({.registered_files = true});
  operations.back() = IORING_OP_FILES_UPDATE;
  expect_taken(operations);
  EXPECT_EQ(answer_to(IORING_OP_CLOSE, IOSQE_ASYNC), -EACCES);
}

TEST_F(UringRestrictions, TakeNoFlagThatTheDriverDoesNotUse) {
  EXPECT_EQ(answer_to(IORING_OP_CLOSE), -EBADF);
  for (const unsigned flag : {IOSQE_FIXED_FILE, IOSQE_IO_LINK, IOSQE_IO_HARDLINK, IOSQE_ASYNC}) {
    EXPECT_EQ(answer_to(IORING_OP_CLOSE, flag), -EACCES) << "flag " << flag;
  }
}

TEST_F(UringRestrictions, OpenNoFile) {
  io_uring_prep_openat(&ring_->next_entry(), AT_FDCWD, "/proc/self/mem", O_RDWR, 0);
  EXPECT_TRUE(ring::passed(ring_->enter(ring::waiting::poll)));
  ASSERT_FALSE(ring_->empty());
  EXPECT_EQ(ring_->pop().result, -EACCES);
}

TEST_F(UringRestrictions, RegisterNothingMore) {
  int file = 0;
  EXPECT_EQ(io_uring_register_files(&ring_->raw(), &file, 1), -EACCES);
  EXPECT_EQ(io_uring_register_eventfd(&ring_->raw(), 0), -EACCES);
  EXPECT_NE(restrict_and_enable(ring_->raw(), {}), 0) << "nor others instead of these";
}

}  // namespace
}  // namespace shoal::io::uring
