// A worker is held in a handler, and others take its connections: what client, owner and takers see
// of it, step by step. lending_storm_test.cc does it at random.
#include "http/lending.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client.h"
#include "shop.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;
using test::client;
using test::shop;

shop& here(context& c) { return *c.worker().local<shop*>(); }

task<std::string> wait_for_event(context& c) {
  co_await here(c).event;
  co_return "waited";
}

struct pairing {
  io::driver_kind owner;
  io::driver_kind taker;
};

class Lending : public testing::TestWithParam<pairing> {
 protected:
  Lending() {
    site_.get<"/who">(
        [](context& c) { return std::to_string(reinterpret_cast<std::uintptr_t>(&here(c))); });
    site_.get<"/stuck">([](context& c) {
      here(c).stuck.enter();
      return "free again";
    });
    site_.get<"/named">([](context& c) {
      std::string id = c.request_id();
      here(c).stuck.enter();
      return id;
    });
    site_.get<"/wait">(wait_for_event);
    site_.post<"/ignores">([] { return "ignored"; });
    std::string problem;
    table_ = site_.freeze(problem);
    SHOAL_CHECK(table_ != nullptr);
    before_ = test::open_descriptors();
  }

  void SetUp() override {
    if (!io::open_driver(io::driver_kind::uring)) GTEST_SKIP() << "io_uring cannot be used here";
  }

  shop& open(io::driver_kind kind, const server_options& options = {}, unsigned capacity = 256) {
    shops_.push_back(std::make_unique<shop>(kind, *table_, options, capacity));
    return *shops_.back();
  }
  shop& open_owner(const server_options& options = {}) { return open(GetParam().owner, options); }
  shop& open_taker(const server_options& options = {}) { return open(GetParam().taker, options); }

  /// Of `at`; it is on offer once `at` has rested.
  static client connect(shop& at) {
    test::tcp_pair ends;
    at.take(ends.server.release());
    return client(std::move(ends.client));
  }

  /// Has a connection of `at` ask for a handler that stays until at.stuck.release().
  static client stick(shop& at) {
    client c = connect(at);
    at.rest();
    c.get("/stuck");
    at.stuck.await_entered();
    return c;
  }

  /// As stick(), for so long that `at` knows the route for a slow one when it is released.
  static client teach(shop& at) {
    at.watch_pace();
    client c = stick(at);
    const auto slow = read_clock() + 1ms;
    while (read_clock() < slow) {
    }
    return c;
  }

  struct slow_clients {
    client first;
    client one;
    client other;
  };
  /// The first has taught `at`; of the two others' slow requests one is inside, the other waits.
  static slow_clients stick_twice(shop& at) {
    client one = connect(at);
    client other = connect(at);
    client first = teach(at);
    one.get("/stuck");
    other.get("/stuck");
    at.stuck.release();
    at.stuck.await_entered();
    return {std::move(first), std::move(one), std::move(other)};
  }

  static std::string name(const shop& s) {
    return std::to_string(reinterpret_cast<std::uintptr_t>(&s));
  }

  /// What waits for `stuck` has come to `helper`. Bytes that a client has sent are in the socket
  /// when its send returns, but for what the loopback device takes.
  static void take_over(shop& helper, shop& stuck, bool all, std::uint64_t wanted = 1) {
    for (std::uint64_t taken = 0; taken < wanted;) taken += helper.take_over_from(stuck, all);
  }

  /// Nothing is left of any of them, and every connection was closed once.
  template <typename... Clients>
  void close_all(Clients&... clients) {
    (clients.close(), ...);
    std::uint64_t adopted = 0;
    std::uint64_t given = 0;
    for (auto& s : shops_) {
      s->close();
      EXPECT_EQ(s->last_counters().misread, 0U);
      EXPECT_EQ(s->last_counters().connections_open, 0U);
      EXPECT_EQ(s->last_counters().unserved, 0U);
      adopted += s->last_counters().adopted;
      given += s->last_counters().given;
    }
    EXPECT_EQ(adopted, given);
    shops_.clear();
    EXPECT_EQ(test::open_descriptors(), before_);
  }

  routes site_;
  const route_table* table_ = nullptr;
  std::vector<std::unique_ptr<shop>> shops_;
  int before_ = 0;
};

TEST_P(Lending, AnswersWhileTheOwnerIsStuck) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  client c = connect(owner);
  EXPECT_EQ(c.ask("/who"), name(owner));
  client held = stick(owner);
  c.get("/who");
  take_over(taker, owner, false);
  EXPECT_EQ(c.answer(), name(taker));
  owner.stuck.release();
  EXPECT_EQ(held.answer(), "free again");
  EXPECT_EQ(c.ask("/who"), name(taker));
  EXPECT_EQ(held.ask("/who"), name(owner));
  close_all(c, held);
}

TEST_P(Lending, SaysWhichRequestHoldsTheOwner) {
  shop& owner = open_owner();
  client held = stick(owner);
  const auto route = owner.lends().request.route();
  EXPECT_NE(route, current_request::no_route);
  EXPECT_EQ(owner.lends().request.id(), "");  // nobody has asked for it
  owner.stuck.release();
  EXPECT_EQ(held.answer(), "free again");
  held.get("/named");
  owner.stuck.await_entered();
  EXPECT_NE(owner.lends().request.route(), route);
  const auto id = owner.lends().request.id();
  owner.stuck.release();
  EXPECT_EQ(held.answer(), id);
  EXPECT_EQ(id.size(), 16U);
  close_all(held);
}

TEST_P(Lending, LeavesIdleOnesUnlessAskedForAll) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  client c = connect(owner);
  client held = stick(owner);
  EXPECT_EQ(taker.take_over_from(owner, false), 0U);
  EXPECT_EQ(taker.take_over_from(owner, true), 1U);
  EXPECT_EQ(c.ask("/who"), name(taker));
  owner.stuck.release();
  close_all(c, held);
}

/// The ring of a stuck owner may have received it before: then it goes along.
TEST_P(Lending, TakesWhatCameInTheSameTurnAsTheRequestThatSticks) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  client second = connect(owner);
  client c = connect(owner);
  client first = stick(owner);
  second.get("/stuck");
  c.get("/who");
  owner.stuck.release();
  EXPECT_EQ(first.answer(), "free again");
  // The owner goes through what came in the order that its driver found it in.
  owner.stuck.await_entered();
  if (taker.take_over_from(owner, true) != 0) {
    EXPECT_NE(c.answer(), "(closed)");
  }
  owner.stuck.release();
  EXPECT_EQ(second.answer(), "free again");
  EXPECT_NE(c.ask("/who"), "(closed)");
  close_all(c, first, second);
}

TEST_P(Lending, NeverGivesAwayWhatIsBeingServed) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  client c = connect(owner);
  c.get("/wait");
  while (!owner.ask([&] { return owner.event.awaited(); })) {
  }
  client held = stick(owner);
  EXPECT_EQ(taker.take_over_from(owner, true), 0U);
  owner.stuck.release();
  owner.ask([&] { return owner.event.set(), 0; });
  EXPECT_EQ(c.answer(), "waited");
  close_all(c, held);
}

TEST_P(Lending, AnswersOthersBeforeASlowRequestThatCameWithTheirs) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  client slow = connect(owner);
  client c = connect(owner);
  client first = teach(owner);
  slow.get("/stuck");
  c.get("/who");
  owner.stuck.release();
  owner.stuck.await_entered();
  EXPECT_EQ(c.answer(), name(owner));
  c.get("/who");  // it was idle before the slow one began
  take_over(taker, owner, false);
  EXPECT_EQ(c.answer(), name(taker));
  owner.stuck.release();
  EXPECT_EQ(first.answer(), "free again");
  EXPECT_EQ(slow.answer(), "free again");
  close_all(c, slow, first);
}

TEST_P(Lending, TakesASlowRequestThatWaitsForItsTurn) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  auto [first, one, other] = stick_twice(owner);
  one.get("/who");  // behind it, whichever of both waits
  other.get("/who");
  taker.post([&] { taker.server().take_over(owner.lends(), false); });  // and is stuck itself
  taker.stuck.await_entered();
  taker.stuck.release();
  owner.stuck.release();
  EXPECT_EQ(first.answer(), "free again");
  EXPECT_EQ(one.answer(), "free again");
  EXPECT_EQ(other.answer(), "free again");
  EXPECT_NE(one.answer(), other.answer());
  close_all(one, other, first);
}

/// Whether the driver has heard of it by then is its own affair.
TEST_P(Lending, GetsOverAClientThatLeavesBeforeItsSlowRequestsTurn) {
  shop& owner = open_owner();
  auto [first, one, other] = stick_twice(owner);
  one.reset();
  other.reset();
  owner.stuck.release();
  owner.stuck.release();
  EXPECT_EQ(first.answer(), "free again");
  EXPECT_EQ(first.ask("/who"), name(owner));
  close_all(first);
}

TEST_P(Lending, AnswersASlowRequestWhoseClientHasHalfClosed) {
  shop& owner = open_owner();
  client slow = connect(owner);
  client first = teach(owner);
  slow.get("/stuck");
  slow.half_close();
  owner.stuck.release();
  owner.stuck.await_entered();
  owner.stuck.release();
  EXPECT_EQ(slow.answer(), "free again");
  EXPECT_TRUE(slow.ended());
  EXPECT_EQ(first.answer(), "free again");
  close_all(slow, first);
}

TEST_P(Lending, AnswersASlowRequestBeforeItDrains) {
  shop& owner = open_owner();
  auto [first, one, other] = stick_twice(owner);
  owner.drain();
  owner.stuck.release();
  owner.stuck.release();
  EXPECT_EQ(first.answer(), "free again");
  EXPECT_EQ(one.answer(), "free again");
  EXPECT_EQ(other.answer(), "free again");
  close_all(one, other, first);
}

/// A body that nobody reads ends with a buffer, so the connection is idle between two reads of one
/// delivery; then a request follows that waits.
TEST_P(Lending, NeverGivesAwayWhatBeganRightAfterItWasIdle) {
  constexpr std::size_t buffer = io::driver_options{}.receive_buffer_bytes;
  shop& owner = open_owner();
  shop& taker = open_taker();
  client c = connect(owner);
  c.send("POST /ignores HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(buffer) +
         "\r\n\r\n");
  EXPECT_EQ(c.answer(), "ignored");
  owner.rest();
  c.send(std::string(buffer, '.') + "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  while (!owner.ask([&] { return owner.event.awaited(); })) {
  }
  client held = stick(owner);
  EXPECT_EQ(taker.take_over_from(owner, true), 0U);
  owner.stuck.release();
  owner.ask([&] { return owner.event.set(), 0; });
  EXPECT_EQ(c.answer(), "waited");
  close_all(c, held);
}

TEST_P(Lending, IsTakenByAThirdBeforeTheFirstOwnerComesBack) {
  shop& first = open_owner();
  shop& second = open_taker();
  shop& third = open_owner();
  client c = connect(first);
  client held = stick(first);
  c.get("/who");
  take_over(second, first, false);
  EXPECT_EQ(c.answer(), name(second));
  second.rest();
  client held_too = stick(second);
  c.get("/who");
  take_over(third, second, false);
  EXPECT_EQ(c.answer(), name(third));
  second.stuck.release();
  first.stuck.release();
  first.rest();
  EXPECT_EQ(c.ask("/who"), name(third));
  close_all(c, held, held_too);
}

/// It returns in the very turn in which it was taken: the owner has not let go of it yet.
TEST_P(Lending, ComesBackInTheTurnInWhichItWasTaken) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  client c = connect(owner);
  client held = stick(owner);
  take_over(taker, owner, true);
  EXPECT_EQ(c.ask("/who"), name(taker));
  taker.rest();
  client held_too = stick(taker);
  owner.post([&] { owner.server().take_over(taker.lends(), true); });
  owner.stuck.release();
  EXPECT_EQ(c.ask("/who"), name(owner));
  taker.stuck.release();
  EXPECT_EQ(c.ask("/who"), name(owner));
  close_all(c, held, held_too);
}

TEST_P(Lending, HeedsAClientThatHalfClosesWhileItIsTaken) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  client c = connect(owner);
  client held = stick(owner);
  c.get("/who");
  c.half_close();
  take_over(taker, owner, false);
  EXPECT_EQ(c.answer(), name(taker));
  owner.stuck.release();
  owner.rest();
  EXPECT_TRUE(c.ended());
  close_all(c, held);
}

TEST_P(Lending, HeedsAClientThatLeavesWhileItIsTaken) {
  for (const bool abruptly : {false, true}) {
    shop& owner = open_owner();
    shop& taker = open_taker();
    client c = connect(owner);
    client held = stick(owner);
    take_over(taker, owner, true);
    abruptly ? c.reset() : c.close();
    while (taker.counters().connections_open != 0) {
    }
    owner.stuck.release();
    close_all(held);
  }
}

TEST_P(Lending, LetsAnOwnerEndWhoseConnectionsWereTaken) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  client c = connect(owner);
  client held = stick(owner);
  take_over(taker, owner, true);
  owner.drain();
  owner.stuck.release();
  EXPECT_EQ(held.answer(), "free again");
  owner.close();
  EXPECT_TRUE(held.ended());
  EXPECT_EQ(c.ask("/who"), name(taker));
  close_all(c, held);
}

TEST_P(Lending, DrainsATakerThatHasConnectionsOfAStuckOwner) {
  shop& owner = open_owner();
  shop& taker = open_taker();
  client c = connect(owner);
  client held = stick(owner);
  take_over(taker, owner, true);
  taker.close();
  EXPECT_TRUE(c.ended());  // although the owner has the socket still
  owner.stuck.release();
  close_all(c, held);
}

TEST_P(Lending, KeepsWhatItsTableHasNoPlaceFor) {
  shop& owner = open(GetParam().owner, {}, 1);
  shop& taker = open_taker();
  client c = connect(owner);
  client d = connect(owner);
  client held = stick(owner);
  take_over(taker, owner, true);
  EXPECT_EQ(taker.take_over_from(owner, true), 0U);
  d.get("/who");
  owner.stuck.release();
  EXPECT_EQ(d.answer(), name(owner));
  EXPECT_EQ(c.ask("/who"), name(taker));
  close_all(c, d, held);
}

TEST_P(Lending, HasTheTakersTimersAndNotTheOwners) {
  const server_options options{.keep_alive_timeout = 600ms};
  shop& owner = open_owner(options);
  shop& taker = open_taker(options);
  client c = connect(owner);
  EXPECT_EQ(c.ask("/who"), name(owner));
  client held = stick(owner);
  take_over(taker, owner, true);
  const auto late = read_clock() + 700ms;
  while (read_clock() < late) ASSERT_EQ(c.ask("/who"), name(taker));
  owner.stuck.release();
  owner.rest();
  EXPECT_EQ(c.ask("/who"), name(taker));
  EXPECT_TRUE(c.ended());  // by the taker, in its time
  close_all(c, held);
}

constexpr auto uring = io::driver_kind::uring;
constexpr auto epoll = io::driver_kind::epoll;

INSTANTIATE_TEST_SUITE_P(Drivers, Lending,
                         testing::Values(pairing{uring, uring}, pairing{epoll, epoll},
                                         pairing{uring, epoll}, pairing{epoll, uring}),
                         [](const auto& of) {
                           const auto name = [](io::driver_kind kind) {
                             return std::string(kind == uring ? "uring" : "epoll");
                           };
                           return name(of.param.owner) + "_to_" + name(of.param.taker);
                         });

}  // namespace
}  // namespace shoal::http
