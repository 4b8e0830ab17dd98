// The desk alone: the test is its processes.
#include "cluster/listen/handoff_desk.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/draw_up.h"
#include "cluster/moved_note.h"
#include "dispatch/sticky.h"
#include "shm/slot_writer.h"

namespace shoal::cluster {
namespace {

struct HandoffDesk : testing::Test {
  static constexpr unsigned processes = 3;  // of one worker each

  http::routes routes;
  std::optional<blueprint> plan;
  std::optional<handoff_desk> desk;
  std::vector<channel> channels;
  const monotonic_time now = read_clock();

  void begin(const std::string& policy) {
    options o;
    o.listen = {"127.0.0.1:0"};
    o.nodes = processes;
    o.workers = 1;
    o.dispatch = "handoff";
    o.policy = policy;
    const auto refused = draw_up(o, "test", routes, plan);
    ASSERT_FALSE(refused) << refused->text;
    desk.emplace(*plan);
    for (unsigned p = 0; p < processes; ++p) {
      shm::slot_writer(plan->segment.slot(p), {}, now).set_state(shm::worker_state::ready);
      channels.push_back(std::move(open_channel().value()));
      desk->opened(p, pid_of(p), channels[p].supervisor.get());
    }
  }

  /// One that the process sends away, as its note arrives.
  void send(unsigned from, std::uint64_t key, std::string input = "GET /") {
    const http::moved_connection one{.socket = 1, .input = std::move(input), .key = key};
    ASSERT_TRUE(send_moved(channels[from].process.get(), one));
    desk->came(pid_of(from), std::move(*take_note(channels[from].supervisor.get())));
    desk->hand_on(now);
  }

  void send_to_node(unsigned from, std::uint16_t node) {
    const http::moved_connection one{.socket = 1, .input = "GET /", .served = 2, .node = node};
    ASSERT_TRUE(send_moved(channels[from].process.get(), one));
    desk->came(pid_of(from), std::move(*take_note(channels[from].supervisor.get())));
    desk->hand_on(now);
  }

  void be_on_node(unsigned process, unsigned node) {
    shm::slot_writer(plan->segment.slot(process), {.node = node}, now)
        .set_state(shm::worker_state::ready);
  }

  static pid_t pid_of(unsigned process) { return static_cast<pid_t>(100 + process); }

  std::optional<note> next_for(unsigned process) {
    return take_note(channels[process].process.get());
  }

  /// The process that has got a connection; its note is lost.
  unsigned who_got_it() {
    for (unsigned p = 0; p < processes; ++p) {
      while (const auto got = next_for(p)) {
        if (got->socket.open()) return p;
      }
    }
    return processes;
  }

  void answer(unsigned process, char mark) {
    desk->answered(pid_of(process), std::string(1, mark), now);
    desk->hand_on(now);
  }

  static unsigned home_of(std::uint64_t key) {
    const std::vector<dispatch::candidate> all(processes, {.eligible = true});
    return dispatch::sticky(all, {.key = key});
  }

  /// From `from` on.
  static std::uint64_t key_of(unsigned home, std::uint64_t from = 1) {
    while (home_of(from) != home) ++from;
    return from;
  }
};

TEST_F(HandoffDesk, AConnectionWithAKeyGoesToItsHomeAndItsSenderHearsOfIt) {
  begin("sticky");
  for (std::uint64_t key = 1; key < 30; ++key) {
    send(0, key);
    const auto home = home_of(key);
    const auto got = next_for(home);
    ASSERT_TRUE(got) << key;
    EXPECT_EQ(got->kind, note_kind::moved);
    EXPECT_TRUE(got->socket.open());
    const auto read = read_moved(got->text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->input, "GET /");
    EXPECT_EQ(read->about.key, key);
    EXPECT_EQ(read->about.worker, 0U);
    EXPECT_FALSE(read->about.comes_back);
    EXPECT_FALSE(next_for(0));
    answer(home, taken_mark);
    const auto heard = next_for(0);
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->kind, note_kind::passed);
    EXPECT_EQ(heard->text, "1");
  }
}

TEST_F(HandoffDesk, OneThatFollowsItsPacketsGoesToTheirNodeWhateverThePolicy) {
  begin("round-robin");
  for (unsigned p = 0; p < processes; ++p) be_on_node(p, p);
  for (unsigned times = 0; times < 4; ++times) {
    send_to_node(0, 2);
    ASSERT_EQ(who_got_it(), 2U);
    answer(2, taken_mark);
  }
  shm::slot_writer(plan->segment.slot(2), {.node = 2}, now).set_state(shm::worker_state::draining);
  send_to_node(0, 2);
  EXPECT_LT(who_got_it(), 2U);
}

TEST_F(HandoffDesk, OneThatIsRefusedOrOrphanedGoesToAnother) {
  begin("sticky");
  const auto key = key_of(2);
  send(0, key);
  ASSERT_EQ(who_got_it(), 2U);
  answer(2, refused_mark);
  const auto second = who_got_it();
  ASSERT_LT(second, 2U);
  desk->closed(pid_of(second));
  desk->hand_on(now);
  EXPECT_EQ(who_got_it(), 1 - second);
}

TEST_F(HandoffDesk, OneThatWaitsForItsHomeHoldsUpNoOther) {
  begin("sticky");
  for (std::uint64_t n = 0, key = key_of(1); n < handoff_desk::most_on_way; ++n) {
    send(0, key);
    ASSERT_EQ(who_got_it(), 1U);
    key = key_of(1, key + 1);
  }
  send(0, key_of(1));
  EXPECT_EQ(who_got_it(), processes);
  send(0, key_of(2));
  EXPECT_EQ(who_got_it(), 2U);
  answer(1, taken_mark);
  EXPECT_EQ(who_got_it(), 1U);
  EXPECT_EQ(desk->hand_on(now), handoff_desk::wait::client);
}

TEST_F(HandoffDesk, AHomeThatHasFallenSilentIsNotWaitedFor) {
  begin("sticky");
  for (unsigned n = 0; n <= handoff_desk::most_on_way; ++n) send(0, key_of(1));
  EXPECT_EQ(desk->hand_on(now), handoff_desk::wait::time);
  while (next_for(1)) {
  }
  desk->hand_on(now + std::chrono::milliseconds(300));
  EXPECT_NE(who_got_it(), processes);
}

TEST_F(HandoffDesk, AChannelThatIsFullOfBytesIsWaitedFor) {
  begin("sticky");
  const std::string much(most_input, 'x');
  unsigned got = 0;
  for (unsigned n = 0; n < 10; ++n) send(0, key_of(1), much);
  while (who_got_it() == 1) ++got;
  EXPECT_GT(got, 1U);
  EXPECT_LT(got, 10U);
  while (got < 10) {
    answer(1, taken_mark);
    while (true) {
      const auto more = next_for(1);
      if (!more) break;
      ++got;
    }
  }
  EXPECT_FALSE(next_for(2));
}

TEST_F(HandoffDesk, AMovedConnectionIsNoNewOne) {
  begin("least-loaded");
  const auto given = [this] {
    std::uint64_t sum = 0;
    for (unsigned w = 0; w < processes; ++w) {
      sum += plan->steering->board().entries()[w].given.load();
    }
    return sum;
  };
  for (unsigned n = 0; n < 6; ++n) {
    send(0, 0);
    const auto who = who_got_it();
    ASSERT_LT(who, processes);
    answer(who, taken_mark);
  }
  EXPECT_EQ(given(), 0U);
  send(0, 0, "");  // of which nobody has read
  EXPECT_EQ(given(), 1U);
}

TEST_F(HandoffDesk, ABurstIsSpread) {
  begin("least-loaded");
  for (unsigned n = 0; n < 9; ++n) send(0, 0);
  for (unsigned p = 0; p < processes; ++p) {
    unsigned got = 0;
    while (next_for(p)) ++got;
    EXPECT_EQ(got, 3U) << p;
  }
}

TEST_F(HandoffDesk, WhenAllStopItGoesBack) {
  begin("sticky");
  send(0, key_of(1));
  ASSERT_EQ(who_got_it(), 1U);
  desk->stop();
  answer(1, refused_mark);
  const auto got = next_for(0);
  ASSERT_TRUE(got);
  const auto read = read_moved(got->text);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->about.comes_back);
  EXPECT_EQ(read->input, "GET /");
  answer(0, taken_mark);
  EXPECT_EQ(next_for(0)->kind, note_kind::passed);
}

TEST_F(HandoffDesk, WhenAllStopAndItsSenderHasDiedAnybodyGetsIt) {
  begin("sticky");
  send(0, key_of(1), "");
  ASSERT_EQ(who_got_it(), 1U);
  desk->stop();
  desk->closed(pid_of(0));
  answer(1, refused_mark);
  const auto got = next_for(2);
  ASSERT_TRUE(got);
  EXPECT_TRUE(read_moved(got->text)->about.comes_back);
}

TEST_F(HandoffDesk, ANoteWithoutASocketIsDoneWith) {
  begin("sticky");
  desk->came(pid_of(2), {.kind = note_kind::moved, .text = "nonsense", .socket = {}});
  EXPECT_EQ(desk->hand_on(now), handoff_desk::wait::client);
  EXPECT_EQ(next_for(2)->kind, note_kind::passed);
}

/// Process 0 shares what it has with one that is to succeed it.
struct TryingDesk : HandoffDesk {
  static constexpr pid_t successor = 200;
  channel link = open_channel().value();

  void begin_trial(const std::string& policy) {
    begin(policy);
    desk->tries(0, successor, link.supervisor.get());
  }

  /// One that process `from` sends for the trial.
  void share(unsigned from, std::uint64_t key = 0) {
    const http::moved_connection one{
        .socket = 1, .input = "GET /", .served = 1, .key = key, .on_trial = true};
    ASSERT_TRUE(send_moved(channels[from].process.get(), one));
    desk->came(pid_of(from), std::move(*take_note(channels[from].supervisor.get())));
    desk->hand_on(now);
  }

  std::optional<note> next_on_trial() { return take_note(link.process.get()); }
};

TEST_F(TryingDesk, WhatItsPredecessorSharesGoesThereAndNothingElseDoes) {
  for (const char* const policy : {"round-robin", "sticky"}) {
    channels.clear();
    link = open_channel().value();
    begin_trial(policy);
    share(0);
    const auto got = next_on_trial();
    ASSERT_TRUE(got) << policy;
    EXPECT_EQ(got->kind, note_kind::moved);
    EXPECT_FALSE(read_moved(got->text)->about.comes_back);
    desk->answered(successor, std::string(1, taken_mark), now);
    EXPECT_EQ(next_for(0)->kind, note_kind::passed);
    for (std::uint64_t n = 0; n < 9; ++n) send(1, n);
    EXPECT_FALSE(next_on_trial()) << policy;
  }
}

TEST_F(TryingDesk, WhatItCannotTakeGoesBackAndStays) {
  begin_trial("round-robin");
  share(0);
  ASSERT_TRUE(next_on_trial());
  desk->answered(successor, std::string(1, refused_mark), now);
  desk->hand_on(now);
  const auto back = next_for(0);
  ASSERT_TRUE(back);
  EXPECT_TRUE(read_moved(back->text)->about.comes_back);
  share(0);
  EXPECT_FALSE(next_on_trial()) << "it has no descriptor free, for a moment";
}

TEST_F(TryingDesk, OneThatHasFallenSilentGetsNoMore) {
  begin_trial("round-robin");
  share(0);
  ASSERT_TRUE(next_on_trial());
  EXPECT_EQ(desk->on_way_to(successor), 1U);
  const http::moved_connection one{.socket = 1, .input = "GET /", .on_trial = true};
  ASSERT_TRUE(send_moved(channels[0].process.get(), one));
  desk->came(pid_of(0), std::move(*take_note(channels[0].supervisor.get())));
  desk->hand_on(now + std::chrono::seconds(1));
  EXPECT_FALSE(next_on_trial());
  EXPECT_TRUE(read_moved(next_for(0)->text)->about.comes_back);
}

TEST_F(TryingDesk, WhatItHadNotTakenWhenItDiedGoesBack) {
  begin_trial("round-robin");
  share(0);
  ASSERT_TRUE(next_on_trial());
  desk->closed(successor);
  desk->hand_on(now);
  EXPECT_EQ(read_moved(next_for(0)->text)->input, "GET /");
  share(0);
  EXPECT_TRUE(next_for(0)) << "there is no trial any more";
}

TEST_F(TryingDesk, WhatItGivesBackGoesToItsPredecessor) {
  begin_trial("round-robin");
  desk->left(successor);
  for (unsigned n = 0; n < 6; ++n) {
    const http::moved_connection one{.socket = 1, .input = "GET /", .served = 3};
    ASSERT_TRUE(send_moved(link.process.get(), one));
    desk->came(successor, std::move(*take_note(link.supervisor.get())));
    desk->hand_on(now);
    ASSERT_EQ(who_got_it(), 0U);
    answer(0, taken_mark);
    EXPECT_EQ(next_on_trial()->kind, note_kind::passed);
  }
}

TEST_F(TryingDesk, OneThatTakesOverGetsAllAndIsAskedForWhatWasOnItsWay) {
  begin_trial("round-robin");
  share(0);
  ASSERT_TRUE(next_on_trial());
  desk->left(pid_of(0));
  desk->opened(0, successor, link.supervisor.get());
  desk->answered(successor, std::string(1, taken_mark), now);
  EXPECT_EQ(next_for(0)->kind, note_kind::passed);
  EXPECT_EQ(desk->on_way_to(successor), 0U);
  send(0, 0);  // which was left
  EXPECT_TRUE(next_on_trial());
}

}  // namespace
}  // namespace shoal::cluster
