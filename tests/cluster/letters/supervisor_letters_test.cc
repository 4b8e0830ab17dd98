#include "cluster/letters/supervisor_letters.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/letters/letter_desk.h"
#include "io/sim/world.h"

namespace shoal::cluster {
namespace {

struct number {
  static constexpr message_tag tag{"number", 1};
  std::uint64_t value;
};

constexpr std::uint64_t poison = 666;

/// A supervisor and a worker, which both write down what they get.
struct an_office {
  using heard = std::vector<std::pair<unsigned, std::uint64_t>>;

  std::vector<http::message_type> known() {
    auto type = http::type_of<number>(http::type_key<number>());
    type.handle = [this](worker&, std::string_view what, sender from, passed_descriptor&&) {
      below.emplace_back(from.worker, http::message_in<number>(what).value);
    };
    type.supervise = [this](shoal::supervisor& at, std::string_view what, sender from,
                            passed_descriptor&&) {
      const auto value = http::message_in<number>(what).value;
      above.emplace_back(from.worker, value);
      if (value == poison) throw std::runtime_error("poison");
      if (echoes) EXPECT_TRUE(at.send(from.worker, number{value + 1}));
    };
    return {type};
  }

  [[nodiscard]] bool rings(unsigned bell) const {
    pollfd one{post.bell(bell), POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
  }

  const std::vector<http::message_type> types = known();
  heard above;
  heard below;
  bool echoes = false;
  post_office post = post_office::open({0}, types).value();
  io::sim::world world{1, {}, {}};
  io::loop loop{world.io()};
  shoal::supervisor chief;
  worker self{worker_facts{.id = 0}};
  supervisor_letters letters{post, types, chief};
  shm::tally_table tallies = shm::tally_table::create(1).value();
  letter_desk desk{post, types, self, loop, {}, 0, tallies.of(0)};
};

TEST(SupervisorLetters, ComeToTheSupervisorAndGoBack) {
  an_office o;
  o.echoes = true;
  o.desk.open();
  EXPECT_TRUE(o.letters.read()) << "it sleeps";
  EXPECT_FALSE(o.rings(o.post.supervisors_bell()));
  EXPECT_TRUE(o.self.send(the_supervisor, number{1}));
  EXPECT_TRUE(o.rings(o.post.supervisors_bell()));
  EXPECT_TRUE(o.letters.read());
  EXPECT_FALSE(o.rings(o.post.supervisors_bell())) << "it has been heard";
  EXPECT_EQ(o.above, (an_office::heard{{0, 1}}));
  EXPECT_TRUE(o.rings(0));
  o.desk.call();
  o.loop.run_turn(o.loop.now());
  EXPECT_EQ(o.below, (an_office::heard{{the_supervisor, 2}}));
}

TEST(SupervisorLetters, AreReadInPortions) {
  an_office o;
  constexpr auto many = 2 * supervisor_letters::at_once + 1;
  for (std::uint64_t i = 0; i < many; ++i) EXPECT_TRUE(o.self.send(the_supervisor, number{i}));
  EXPECT_FALSE(o.letters.read());
  EXPECT_EQ(o.above.size(), supervisor_letters::at_once);
  EXPECT_FALSE(o.letters.read());
  EXPECT_TRUE(o.letters.read());
  ASSERT_EQ(o.above.size(), many);
  for (std::uint64_t i = 0; i < many; ++i) EXPECT_EQ(o.above[i].second, i);
}

TEST(SupervisorLetters, AFullQueueRefusesOnBothSides) {
  an_office o;
  std::uint64_t up = 0;
  std::uint64_t down = 0;
  while (o.self.send(the_supervisor, number{up})) ++up;
  while (o.chief.send(0, number{down})) ++down;
  EXPECT_EQ(up, shm::letter_ring::places);
  EXPECT_EQ(down, shm::letter_ring::places);
  EXPECT_EQ(o.chief.broadcast(number{0}), 1U) << "one does not get it";
  static_cast<void>(o.letters.read());
  EXPECT_TRUE(o.self.send(the_supervisor, number{up}));
}

TEST(SupervisorLetters, GoOnBehindAHandlerThatThrows) {
  an_office o;
  EXPECT_TRUE(o.self.send(the_supervisor, number{poison}));
  EXPECT_TRUE(o.self.send(the_supervisor, number{1}));
  EXPECT_TRUE(o.letters.read());
  EXPECT_EQ(o.above.size(), 2U);
}

TEST(SupervisorLetters, AreNoneWhereTheAppKnowsNoMessages) {
  shoal::supervisor nobodys;
  EXPECT_THROW(static_cast<void>(nobodys.send(0, number{1})), std::logic_error);
  EXPECT_THROW(static_cast<void>(nobodys.workers()), std::logic_error);
}

}  // namespace
}  // namespace shoal::cluster
