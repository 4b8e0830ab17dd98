#include "cluster/letters/letter_desk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/descriptor.h"
#include "io/sim/world.h"

namespace shoal::cluster {
namespace {

struct number {
  static constexpr message_tag tag{"number", 1};
  std::uint64_t value;
};
const void* const number_key = http::type_key<number>();

struct article {
  static constexpr message_tag tag{"article", 1};
  std::string text;
};

}  // namespace
}  // namespace shoal::cluster

template <>
struct shoal::message_codec<shoal::cluster::article> {
  static void encode(const cluster::article& from, std::string& to) { to = from.text; }
  static std::optional<cluster::article> decode(std::string_view from) {
    if (from.starts_with("!")) return std::nullopt;
    if (from.starts_with("?")) throw std::runtime_error("what is this");
    return cluster::article{std::string(from)};
  }
};

namespace shoal::cluster {
namespace {

/// Two workers of two processes, on one loop.
struct two_desks {
  std::vector<http::message_type> known() {
    auto plain = http::type_of<number>(number_key);
    plain.with_descriptor = true;
    plain.handle = [this](worker& self, std::string_view what, sender from,
                          passed_descriptor&& with) {
      if (with) came.push_back(std::move(with));
      EXPECT_EQ(self.id(), 1u);
      EXPECT_EQ(from.worker, 0u);
      got.push_back(http::message_in<number>(what).value);
      if (got.back() == poison) throw std::runtime_error("poison");
    };
    auto encoded = http::type_of<article>(http::type_key<article>());
    encoded.handle = [this](worker&, std::string_view what, sender, passed_descriptor&&) {
      texts.push_back(http::message_in<article>(what).text);
      got.push_back(texts.size());
    };
    return {plain, encoded};
  }

  bool send(std::uint64_t value) {
    const number what{value};
    return first.send(1, number_key, http::bytes_of(what), -1);
  }
  bool send(std::uint64_t value, int fd) {
    const number what{value};
    return first.send(1, number_key, http::bytes_of(what), fd);
  }
  /// A turn that does not wait.
  void turn() { loop.run_turn(loop.now()); }
  [[nodiscard]] bool rings(unsigned process) const {
    pollfd bell{post.bell(process), POLLIN, 0};
    return ::poll(&bell, 1, 0) == 1;
  }

  static constexpr std::uint64_t poison = 666;

  std::vector<std::uint64_t> got;
  std::vector<std::string> texts;
  std::vector<passed_descriptor> came;
  const std::vector<http::message_type> types = known();
  post_office post = post_office::open({0, 1}, types).value();
  io::sim::world world{1, {}, {}};
  io::loop loop{world.io()};
  worker one{worker_facts{.id = 0}};
  worker other{worker_facts{.id = 1}};
  shm::tally_table tallies = shm::tally_table::create(2).value();
  letter_desk first{post, types, one, loop, {}, 0, tallies.of(0)};
  letter_desk second{post, types, other, loop, {}, 1, tallies.of(1)};
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
  EXPECT_THROW(static_cast<void>(d.first.send(1, http::type_key<int>(), what, -1)),
               std::logic_error);
  EXPECT_THROW(static_cast<void>(d.first.send(2, number_key, what, -1)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(d.first.send(the_supervisor, number_key, what, -1)),
               std::logic_error);
}

std::string long_text(std::size_t bytes, char first) {
  std::string text(bytes, first);
  for (std::size_t i = 1; i < bytes; ++i) text[i] = static_cast<char>('a' + i / 5 % 26);
  return text;
}

TEST(LetterDesk, ShortAndLongOnesKeepOneOrder) {
  two_desks d;
  std::vector<std::string> sent;
  for (std::size_t bytes : {0, 200, 300, 5000, 40'000}) {
    sent.push_back(long_text(bytes, '1'));
    EXPECT_TRUE(d.one.send(1, article{sent.back()}));
    EXPECT_TRUE(d.send(100 + sent.size()));
  }
  d.second.open();
  EXPECT_EQ(d.texts, sent);
  EXPECT_EQ(d.got, (std::vector<std::uint64_t>{1, 101, 2, 102, 3, 103, 4, 104, 5, 105}));
}

TEST(LetterDesk, RefusesLongOnesBeyondTheirRoomAndTakesMoreWhenTheyAreRead) {
  two_desks d;
  const auto largest = long_text(most_encoded_bytes, '1');
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(d.one.send(1, article{largest}));
  EXPECT_FALSE(d.one.send(1, article{largest}));
  EXPECT_FALSE(d.one.send(1, article{long_text(300, '1')}));
  EXPECT_TRUE(d.one.send(1, article{"short"})) << "which needs no sheet";
  d.second.open();
  EXPECT_TRUE(d.one.send(1, article{largest}));
  d.second.call();
  d.turn();
  ASSERT_EQ(d.texts.size(), 6U);
  EXPECT_EQ(d.texts.back(), largest);
  EXPECT_THROW(static_cast<void>(d.one.send(1, article{largest + "x"})), std::length_error);
}

TEST(LetterDesk, AFullBoxTakesItsSheetsBack) {
  two_desks d;
  for (std::uint64_t i = 0; d.send(i);) ++i;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(d.one.send(1, article{long_text(60'000, '1')}));
  d.second.open();
  while (d.got.size() < shm::letter_ring::places) d.turn();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(d.one.send(1, article{long_text(60'000, '1')}));
}

TEST(LetterDesk, CountsWhatCannotBeDecodedAndGoesOn) {
  two_desks d;
  EXPECT_TRUE(d.one.send(1, article{"!bad"}) && d.one.send(1, article{"?throws"}) && d.send(1));
  d.second.open();
  EXPECT_EQ(d.got, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(shm::read_tally(d.tallies.of(1)).of(shm::total::messages_unreadable), 2U);
}

/// A pipe, whose reader learns when its last writer is closed.
struct a_pipe {
  a_pipe() {
    int ends[2];
    SHOAL_CHECK(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    reader.reset(ends[0]);
    writer.reset(ends[1]);
  }
  [[nodiscard]] bool is_shut() const {
    char byte = 0;
    return ::read(reader.get(), &byte, 1) == 0;
  }
  [[nodiscard]] bool speaks(int fd) const {
    char byte = 'x';
    return ::write(fd, &byte, 1) == 1 && ::read(reader.get(), &byte, 1) == 1;
  }
  descriptor reader;
  descriptor writer;
};

TEST(LetterDesk, ADescriptorTravelsWithItsLetter) {
  two_desks d;
  a_pipe one;
  a_pipe two;
  EXPECT_TRUE(d.send(1) && d.send(2, one.writer.get()) && d.send(3) && d.send(4, two.writer.get()));
  one.writer.reset();
  two.writer.reset();
  EXPECT_FALSE(one.is_shut()) << "it is on its way";
  d.second.open();
  EXPECT_EQ(d.got, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  ASSERT_EQ(d.came.size(), 2U);
  EXPECT_TRUE(one.speaks(d.came[0].get()));
  EXPECT_TRUE(two.speaks(d.came[1].get()));
  d.came.clear();
  EXPECT_TRUE(one.is_shut());
}

TEST(LetterDesk, ADescriptorFindsItsLetterWhateverCameFirst) {
  two_desks d;
  a_pipe one;
  a_pipe two;
  const auto box = d.post.box(1);
  const auto first = box.claim(::getpid());
  const auto second = box.claim(::getpid());
  ASSERT_TRUE(first && second);
  const number what{0};
  const shm::letter_head head{.from = 0, .type = 0 | post_office::with_mark, .bytes = sizeof what};
  const auto* const bytes = reinterpret_cast<const std::byte*>(&what);
  EXPECT_TRUE(d.post.parcels(1)->send(*second, two.writer.get()));
  EXPECT_TRUE(d.post.parcels(1)->send(*first, one.writer.get()));
  static_cast<void>(box.fill(*second, head, bytes));
  static_cast<void>(box.fill(*first, head, bytes));
  d.second.open();
  ASSERT_EQ(d.came.size(), 2U);
  EXPECT_TRUE(one.speaks(d.came[0].get()));
  EXPECT_TRUE(two.speaks(d.came[1].get()));
}

TEST(LetterDesk, ADescriptorOfALaterLetterGoesToTheNextReader) {
  two_desks d;
  a_pipe one;
  a_pipe two;
  const auto box = d.post.box(1);
  const auto first = box.claim(::getpid());
  const auto second = box.claim(::getpid());
  ASSERT_TRUE(first && second);
  const number what{0};
  const shm::letter_head head{.from = 0, .type = 0 | post_office::with_mark, .bytes = sizeof what};
  const auto* const bytes = reinterpret_cast<const std::byte*>(&what);
  EXPECT_TRUE(d.post.parcels(1)->send(*second, two.writer.get()));
  EXPECT_TRUE(d.post.parcels(1)->send(*first, one.writer.get()));
  static_cast<void>(box.fill(*first, head, bytes));
  d.second.open();
  EXPECT_EQ(d.came.size(), 1U);
  d.second.leave();
  static_cast<void>(box.fill(*second, head, bytes));
  worker successor{worker_facts{.id = 1}};
  letter_desk third{d.post, d.types, successor, d.loop, {}, 1, d.tallies.of(1)};
  third.open();
  ASSERT_EQ(d.came.size(), 2U);
  EXPECT_TRUE(two.speaks(d.came[1].get()));
}

TEST(LetterDesk, ADescriptorWhoseLetterNeverComesIsClosed) {
  two_desks d;
  a_pipe one;
  const auto place = d.post.box(1).claim(::getpid());
  ASSERT_TRUE(place && d.post.parcels(1)->send(*place, one.writer.get()));
  one.writer.reset();
  d.post.died(::getpid());
  EXPECT_TRUE(d.send(1));
  d.second.open();
  EXPECT_EQ(d.got, (std::vector<std::uint64_t>{1}));
  EXPECT_TRUE(one.is_shut());
}

TEST(LetterDesk, TakesNoMoreDescriptorsThanTheKernelDoesAndNeedsNoRoomForIt) {
  two_desks d;
  a_pipe one;
  std::uint64_t sent = 0;
  while (d.send(sent, one.writer.get())) ++sent;
  EXPECT_GT(sent, 10U);
  EXPECT_LT(sent, shm::letter_ring::places);
  EXPECT_TRUE(d.send(sent)) << "one without is taken";
  d.second.open();
  while (d.got.size() < sent + 1) d.turn();
  EXPECT_EQ(d.came.size(), sent);
  EXPECT_TRUE(d.send(0, one.writer.get()));
}

TEST(LetterDesk, RefusesADescriptorThatIsNotOpenOrThatNobodyTakes) {
  two_desks d;
  a_pipe one;
  EXPECT_THROW(static_cast<void>(d.send(1, 1'000'000)), std::system_error);
  EXPECT_THROW(static_cast<void>(d.one.send(1, article{"x"}, one.writer.get())), std::logic_error);
  d.second.open();
  EXPECT_TRUE(d.got.empty());
}

TEST(LetterDesk, WhatADeadProcessHadBegunIsGoneAndItsRoomFree) {
  two_desks d;
  const auto begun = d.post.sheets(1)->write(::getpid(), long_text(60'000, '1'));
  ASSERT_TRUE(begun);
  const shm::letter_head head{
      .from = 0, .type = 1 | post_office::long_mark, .bytes = sizeof *begun};
  ASSERT_NE(d.post.box(1).push(::getpid(), head, reinterpret_cast<const std::byte*>(&*begun)),
            shm::pushed::full);
  d.post.died(::getpid());  // between the push and its word that it is sent
  EXPECT_TRUE(d.send(7));
  d.second.open();
  EXPECT_EQ(d.got, (std::vector<std::uint64_t>{7}));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(d.one.send(1, article{long_text(60'000, '1')}));
}

}  // namespace
}  // namespace shoal::cluster
