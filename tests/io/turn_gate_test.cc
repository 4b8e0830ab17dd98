// Every order in which an owner and those who take from it can run, as far as sequential
// consistency goes. What runs is io/turn_gate.h and io/offer.h as they are, over words that hand
// over to a scheduler at each access; around them, in small, what http/lending.cc and the io_uring
// driver do with them.
#include "io/turn_gate.h"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include "io/offer.h"
#include "support/interleavings.h"

namespace shoal::io {
namespace {

using test::interleavings;
using test::model_atomic;

constexpr auto relaxed = std::memory_order_relaxed;

interleavings& scheduler() { return *interleavings::current(); }
void require(bool holds, const char* what) { scheduler().require(holds, what); }

/// A connection that its owner has accepted in its first turn and on which one request comes.
template <typename Offer>
struct line {
  Offer offer;
  model_atomic<std::uint64_t> early;  ///< the kernel has received it, the owner has not looked yet
  bool armed = false;                 ///< the owner's receive is in the kernel
  bool received = false;              ///< the request has left the socket
  unsigned taken_by = 0;              ///< counts from 1; 0: nobody
  bool let_go = false;                ///< the owner has been told
  unsigned served = 0;                ///< times that the request was served, by whomever
  unsigned next = 0;                  ///< in the list of those returned; counts from 1
};

template <typename Gate, typename Offer>
class world {
 public:
  world(unsigned lines, unsigned turns) : turns_(turns) {
    while (lines_.size() < lines) lines_.push_back(std::make_unique<line<Offer>>());
  }

  void own() {
    for (unsigned turn = 1; turn <= turns_; ++turn) {
      gate_.open(turn);
      for (auto& l : lines_) look_after(*l, turn);
      gate_.close();
      let_go_of_returned();
      enter_kernel();
    }
    for (auto& l : lines_) drain(*l);
  }

  void take_some(unsigned who) {
    const std::uint64_t turn = gate_.turn();
    if (turn == 0) return;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (!lines_[i]->offer.can_be_taken(turn)) continue;
      if (!gate_.claim(turn)) return;
      require(!in_kernel_, "inside together with the kernel");
      for (; i < lines_.size(); ++i) take(i, who, turn);
      require(!in_kernel_, "still inside when the owner enters the kernel");
      return gate_.leave();
    }
  }

  void judge() const {
    for (const auto& l : lines_) {
      require(l->served == 1, "a request is served never or twice");
      require(l->let_go == (l->taken_by != 0), "the owner does not know what it has lost");
    }
  }
  [[nodiscard]] bool any_taken() const {
    bool any = false;
    for (const auto& l : lines_) any |= l->taken_by != 0;
    return any;
  }
  [[nodiscard]] bool any_went_along() const { return went_along_; }

 private:
  void look_after(line<Offer>& l, unsigned turn) {
    if (turn == 1) return l.offer.make(turn);
    if (l.let_go || l.early.load(relaxed) == 0 || !l.offer.take_back()) return;
    l.early.store(0, relaxed);
    ++l.served;
    l.offer.make(turn);  // idle again
  }

  void let_go_of_returned() {
    for (auto at = returned_.exchange(0, relaxed); at != 0; at = lines_[at - 1]->next) {
      line<Offer>& l = *lines_[at - 1];
      require(l.taken_by != 0 && !l.let_go, "returned twice, or never taken");
      l.let_go = true;
      scheduler().note(l.next);
    }
  }

  /// The kernel receives for all whose receive it has, whoever serves them.
  void enter_kernel() {
    in_kernel_ = true;
    for (auto& l : lines_) {
      scheduler().step();
      if (l->let_go) continue;
      require(l->taken_by == 0, "the kernel receives for a connection that is taken");
      l->armed = true;
      if (l->received || scheduler().choose(2) == 0) continue;
      l->received = true;
      l->early.store(1, relaxed);
    }
    in_kernel_ = false;
  }

  /// The gate stays closed.
  void drain(line<Offer>& l) {
    if (l.let_go) return;
    require(l.offer.take_back(), "taken, and its owner was not told");
    if (!l.received || l.early.load(relaxed) != 0) ++l.served;
  }

  void take(std::size_t i, unsigned who, std::uint64_t turn) {
    line<Offer>& l = *lines_[i];
    const bool early = l.early.load(relaxed) != 0;
    if (!l.offer.take(turn)) return;
    require(!in_kernel_, "taken while the owner is in the kernel");
    require(l.armed, "taken before its receive was in the kernel");
    require(l.taken_by == 0, "taken twice");
    l.taken_by = who;
    if (early || !l.received) ++l.served;  // else the owner has served it, and it is idle
    went_along_ |= early;
    std::uint64_t head = returned_.load(relaxed);
    do {
      l.next = static_cast<unsigned>(head);
    } while (!returned_.compare_exchange_strong(head, i + 1, relaxed));
  }

  const unsigned turns_;
  Gate gate_;
  std::vector<std::unique_ptr<line<Offer>>> lines_;
  model_atomic<std::uint64_t> returned_;
  bool in_kernel_ = false;
  bool went_along_ = false;
};

struct size {
  unsigned lines = 1;
  unsigned turns = 2;
  unsigned takers = 1;
  unsigned attempts = 1;  ///< of each taker
};

struct explored {
  std::string fault;
  unsigned with_take = 0;
  unsigned with_early = 0;
};

template <typename Gate = basic_turn_gate<model_atomic>, typename Offer = basic_offer<model_atomic>>
explored explore(const size& of) {
  interleavings all(1 + of.takers);
  explored result;
  std::unique_ptr<world<Gate, Offer>> now;
  const auto prepare = [&] {
    now = std::make_unique<world<Gate, Offer>>(of.lines, of.turns);
    std::vector<std::function<void()>> bodies;
    bodies.emplace_back([&] { now->own(); });
    for (unsigned who = 1; who <= of.takers; ++who) {
      bodies.emplace_back([&, who] {
        for (unsigned left = of.attempts; left > 0; --left) now->take_some(who);
      });
    }
    return bodies;
  };
  all.explore(prepare, [&] {
    now->judge();
    result.with_take += now->any_taken() ? 1 : 0;
    result.with_early += now->any_went_along() ? 1 : 0;
  });
  result.fault = all.fault();
  std::cout << all.runs() << " runs through " << all.states() << " states, " << result.with_take
            << " with a take, " << result.with_early << " with bytes that went along\n";
  return result;
}

void expect_safe(const size& of) {
  const explored all = explore(of);
  EXPECT_EQ(all.fault, "");
  EXPECT_GT(all.with_take, 0U);
  EXPECT_GT(all.with_early, 0U);
}

TEST(TurnGate, OneTakerWhoComesTwiceIsSafeOverThreeTurns) {
  expect_safe({.turns = 3, .attempts = 2});
}

TEST(TurnGate, TwoTakersAreSafe) { expect_safe({.takers = 2}); }

TEST(TurnGate, TwoConnectionsAreSafe) { expect_safe({.lines = 2}); }

// What the test would say if two lines were the other way round.

enum class flaw { none, looks_before_it_raises, does_not_look, looks_before_it_closes };

template <flaw Flaw>
class flawed_gate {
 public:
  void open(std::uint64_t turn) { turn_.store(turn, relaxed); }
  void close() {
    if (Flaw == flaw::looks_before_it_closes) await_none();
    turn_.store(0, relaxed);
    if (Flaw != flaw::looks_before_it_closes) await_none();
  }
  [[nodiscard]] std::uint64_t turn() const { return turn_.load(relaxed); }
  [[nodiscard]] bool claim(std::uint64_t turn) {
    if (Flaw == flaw::looks_before_it_raises && turn_.load(relaxed) != turn) return false;
    claims_.fetch_add(1, relaxed);
    if (Flaw != flaw::none || turn_.load(relaxed) == turn) return true;
    leave();
    return false;
  }
  void leave() { claims_.fetch_sub(1, relaxed); }

 private:
  void await_none() {
    while (claims_.load(relaxed) != 0) model_atomic<unsigned>::pause();
  }

  model_atomic<std::uint64_t> turn_;
  model_atomic<unsigned> claims_;
};

TEST(TurnGate, OtherOrdersAreFoundOut) {
  EXPECT_EQ(explore<flawed_gate<flaw::none>>({}).fault, "");
  EXPECT_NE(explore<flawed_gate<flaw::looks_before_it_raises>>({}).fault, "");
  EXPECT_NE(explore<flawed_gate<flaw::does_not_look>>({}).fault, "");
  EXPECT_NE(explore<flawed_gate<flaw::looks_before_it_closes>>({}).fault, "");
}

/// Gives away in the turn of the offer, when the kernel knows of no receive yet.
class eager_offer : public basic_offer<model_atomic> {
 public:
  [[nodiscard]] bool can_be_taken(std::uint64_t turn) const {
    return basic_offer::can_be_taken(turn + 1);
  }
  [[nodiscard]] bool take(std::uint64_t turn) { return basic_offer::take(turn + 1); }
};

/// Takes back without a look.
class greedy_offer : public basic_offer<model_atomic> {
 public:
  [[nodiscard]] bool take_back() {
    reset();
    return true;
  }
};

TEST(TurnGate, CarelessOffersAreFoundOut) {
  using gate = basic_turn_gate<model_atomic>;
  EXPECT_NE((explore<gate, eager_offer>({}).fault), "");
  EXPECT_NE((explore<gate, greedy_offer>({}).fault), "");
}

}  // namespace
}  // namespace shoal::io
