// A reload, as a pure machine: for each slot that it concerns a successor is forked, boots and is
// asked something through a connection of its own, while the process that serves goes on. Not
// before all have been proved does any take over: it gets the slots, and then the connections, of
// the one before.
//
//   booting ─booted→ proving ─proved→ proved ─all are→ taking over ─ready→ serves
//      │                │               │                  └─lost→ lost
//      └────── lost, or too late ───────┴→ the reload has failed: all successors are killed, and
//                                          those who served have noticed nothing
//
// With a trial there is a step more: all who have been proved get a share of what comes, for a
// while, and what they have made of it is judged.
//
//   proved ─all are→ on trial ─judged: good→ taking over
//                        └ lost, or judged: bad → the reload has failed: they give back what they
//                                                 have, and end
//
// From the moment when they take over there is no way back, and none is needed: one that was proved
// is like any other process, and is started again if it ends.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/clock.h"

namespace shoal::cluster {

enum class reload_action : unsigned char {
  fork,       ///< a successor
  probe,      ///< ask it something
  try_out,    ///< it gets its share
  judge,      ///< all of them, by what they have answered: judged() follows; its slot says nothing
  take_over,  ///< it is the slot's process from now on; the one before is to leave
  take_back,  ///< the share; the successor, if there is one, gives back what it has, and ends
  kill        ///< the successor, if there is one
};

struct reload_order {
  unsigned slot;
  reload_action what;
};

class reload final {
 public:
  /// Of these, of `slots` in all: one at least. `trial`: for so long; 0: there is none.
  reload(unsigned slots, const std::set<unsigned>& concerned,
         nanoseconds trial = nanoseconds::zero());

  using orders = std::vector<reload_order>;

  /// All have to be proved before the deadline.
  orders begin(monotonic_time deadline);
  orders booted(unsigned slot);
  orders proved(unsigned slot, monotonic_time now);
  /// A successor has ended, could not be forked, or has not answered as it should.
  orders failed(unsigned slot, std::string why);
  /// Why they are not to take over; empty: they are.
  orders judged(std::string why_not);
  orders ready(unsigned slot);
  /// To be called at deadline(). Too early does nothing.
  orders timer(monotonic_time now);
  /// The cluster stops.
  orders call_off();

  [[nodiscard]] monotonic_time deadline() const noexcept { return deadline_; }
  [[nodiscard]] bool over() const noexcept { return over_; }
  /// Why it has failed; empty: it has not.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  /// Successors have their share.
  [[nodiscard]] bool on_trial() const noexcept { return on_trial_; }
  /// Successors have begun to take over.
  [[nodiscard]] bool handing_over() const noexcept { return handing_over_; }

 private:
  enum class phase : unsigned char {
    unconcerned,
    booting,
    proving,
    proved,  ///< on trial or not
    taking_over,
    serves,
    lost
  };

  /// The same for each slot that is concerned.
  [[nodiscard]] orders order_all(reload_action what) const;
  orders give_up(std::string why);
  orders begin_trial(monotonic_time now);
  orders hand_over();
  void look_if_over() noexcept;

  std::vector<phase> phases_;
  const nanoseconds trial_;
  std::string failure_;
  monotonic_time deadline_ = never;
  bool on_trial_ = false;
  bool handing_over_ = false;
  bool over_ = false;
};

}  // namespace shoal::cluster
