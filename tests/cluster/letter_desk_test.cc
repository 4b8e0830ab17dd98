#include "cluster/letter_desk.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "io/sim/world.h"

namespace shoal::cluster {
namespace {

struct number {
  static constexpr message_tag tag{"number", 1};
  std::uint64_t value;
};
const void* const number_key = http::type_key<number>();

/// Two workers of two processes, on one loop.
struct two_desks {
  two_desks() {
    types.push_back({.key = number_key,
                     .tag = number::tag,
                     .bytes = sizeof(number),
                     .handle = [this](worker& self, std::string_view what, sender from) {
                       EXPECT_EQ(self.id(), 1u);
                       EXPECT_EQ(from.worker, 0u);
                       got.push_back(http::message_in<number>(what).value);
                       if (got.back() == poison) throw std::runtime_error("poison");
                     }});
  }

  bool send(std::uint64_t value) {
    const number what{value};
    return first.send(1, number_key, http::bytes_of(what));
  }
  /// A turn that does not wait.
  void turn() { loop.run_turn(loop.now()); }
  [[nodiscard]] bool rings(unsigned process) const {
    pollfd bell{post.bell(process), POLLIN, 0};
    return ::poll(&bell, 1, 0) == 1;
  }

  static constexpr std::uint64_t poison = 666;

  std::vector<http::message_type> types;
  std::vector<std::uint64_t> got;
  post_office post = post_office::open({0, 1}, sizeof(number)).value();
  io::sim::world world{1, {}, {}};
  io::loop loop{world.io()};
  worker one{worker_facts{.id = 0}};
  worker other{worker_facts{.id = 1}};
  letter_desk first{post, types, one, loop, {}, 0};
  letter_desk second{post, types, other, loop, {}, 1};
};

TEST(LetterDesk, ReadsWhatWasSentBeforeItWasOpen) {
  two_desks d;
  EXPECT_TRUE(d.send(1) && d.send(2));
  d.second.call();
  d.turn();
  EXPECT_TRUE(d.got.empty());
  d.second.open();
  EXPECT_EQ(d.got, (std::vector<std::uint64_t>{1, 2}));
}

TEST(LetterDesk, RingsAtAnotherProcessOnceUntilThatHasRead) {
  two_desks d;
  d.second.open();
  EXPECT_TRUE(d.send(1));
  EXPECT_TRUE(d.rings(1));
  EXPECT_FALSE(d.rings(0));
  d.post.hush(1);
  EXPECT_TRUE(d.send(2));
  EXPECT_FALSE(d.rings(1)) << "it has been told";
  d.second.call();
  d.second.call();
  d.turn();
  EXPECT_EQ(d.got, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_TRUE(d.send(3));
  EXPECT_TRUE(d.rings(1)) << "it sleeps again";
}

TEST(LetterDesk, LeavesTheBoxToItsSuccessorAndPassesCallsOn) {
  two_desks d;
  d.second.open();
  d.second.leave();
  EXPECT_TRUE(d.send(1));
  d.post.hush(1);
  d.second.call();
  d.turn();
  EXPECT_TRUE(d.got.empty());
  EXPECT_TRUE(d.rings(1));
}

TEST(LetterDesk, LetsOthersHaveTheirTurnBetweenManyLetters) {
  two_desks d;
  constexpr std::uint64_t many = 1000;
  for (std::uint64_t i = 0; i < many; ++i) EXPECT_TRUE(d.send(i));
  d.second.open();
  std::size_t before = d.got.size();
  EXPECT_LT(before, many / 2);
  unsigned turns = 0;
  while (d.got.size() < many) {
    d.turn();
    ASSERT_GT(d.got.size(), before) << "it goes on without being called";
    before = d.got.size();
    ++turns;
  }
  EXPECT_GE(turns, 4u);
}

TEST(LetterDesk, GoesOnBehindAHandlerThatThrows) {
  two_desks d;
  EXPECT_TRUE(d.send(1) && d.send(two_desks::poison) && d.send(2));
  d.second.open();
  EXPECT_EQ(d.got, (std::vector<std::uint64_t>{1, two_desks::poison, 2}));
}

TEST(LetterDesk, AllBellsRingWhenAProcessHasDied) {
  two_desks d;
  d.post.died(::getpid());
  EXPECT_TRUE(d.rings(0));
  EXPECT_TRUE(d.rings(1));
  EXPECT_TRUE(d.rings(d.post.supervisors_bell()));
}

TEST(LetterDesk, RefusesWhatNobodyHandlesAndWhoIsNotThere) {
  two_desks d;
  const number one{1};
  const auto what = http::bytes_of(one);
  EXPECT_THROW(static_cast<void>(d.first.send(1, http::type_key<int>(), what)), std::logic_error);
  EXPECT_THROW(static_cast<void>(d.first.send(2, number_key, what)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(d.first.send(the_supervisor, number_key, what)), std::logic_error);
}

}  // namespace
}  // namespace shoal::cluster
