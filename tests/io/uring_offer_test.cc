// What a taker gets of a receive on offer while io_uring has more completions than a turn tells.
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "io/uring/uring_driver.h"

namespace shoal::io {
namespace {

/// Offers itself after each piece, as a connection does that has answered.
struct offering_receiver final : receive_op {
  explicit offering_receiver(const std::uint64_t& now) : turn(now) { offer = &place; }
  void received(outcome what, lease bytes) noexcept override {
    if (what.value > 0) told += bytes.bytes().size();
    if (what.more) place.make(turn);
  }

  offered place;
  const std::uint64_t& turn;
  std::size_t told = 0;
};

TEST(UringOffer, IsNeverTakenWithBytesThatTheOwnerStillHas) {
  constexpr std::size_t others = 255;  // with them a turn is full after the first of three pieces
  const driver_options options{.receive_buffers = 512};
  const std::string three_pieces(std::size_t{3} * options.receive_buffer_bytes, '.');
  auto opened = open_uring_driver(options);
  if (!opened) GTEST_SKIP() << opened.error().message;
  driver& io = *opened.value();

  std::uint64_t turn = 1;
  std::vector<std::unique_ptr<offering_receiver>> receivers;
  std::vector<descriptor> peers;
  for (std::size_t i = 0; i <= others; ++i) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    peers.emplace_back(ends[1]);
    auto& r = *receivers.emplace_back(std::make_unique<offering_receiver>(turn));
    r.socket = ends[0];
    io.start(r);
    r.place.make(turn);
  }
  io.wait(monotonic_time::min());
  io.deliver();
  for (std::size_t i = 0; i < others; ++i) ASSERT_EQ(::send(peers[i].get(), ".", 1, 0), 1);
  ASSERT_EQ(::send(peers[others].get(), three_pieces.data(), three_pieces.size(), 0),
            static_cast<ssize_t>(three_pieces.size()));

  const offering_receiver& last = *receivers.back();
  // A kernel may receive for some at a time only: until it has for all, with something to submit so
  // that each wait goes there.
  for (int left = 1; left != 0;) {
    io.close(::dup(peers.front().get()));
    io.wait(monotonic_time::min());
    ASSERT_EQ(::ioctl(last.socket, FIONREAD, &left), 0);
  }
  std::size_t turns_untold = 0;
  while (last.told < three_pieces.size()) {
    ++turn;
    if (last.place.word.can_be_taken(turn)) {
      EXPECT_EQ(last.told + last.place.early_bytes.load(), three_pieces.size());
    }
    io.deliver();
    turns_untold += last.told < three_pieces.size() ? 1 : 0;
    io.wait(monotonic_time::min());
  }
  EXPECT_GT(turns_untold, 0U);
  EXPECT_TRUE(last.place.word.can_be_taken(turn + 1));

  for (auto& r : receivers) io.cancel(*r);
  for (auto& r : receivers) {
    while (r->in_flight()) {
      io.wait(monotonic_time::min());
      io.deliver();
    }
    io.close(r->socket);
  }
  io.wait(monotonic_time::min());
}

}  // namespace
}  // namespace shoal::io
