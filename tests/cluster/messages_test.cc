// Messages between the workers of whole clusters.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/shoal.h"
#include "shoal/testing/server.h"

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;

constexpr unsigned workers = 4;  // in two processes
constexpr std::uint64_t places = 1024;

struct numbered {
  static constexpr message_tag tag{"numbered", 1};
  std::uint64_t number;
};

/// "Send so many to that worker."
struct order {
  static constexpr message_tag tag{"order", 1};
  unsigned to;
  std::uint64_t next;
  std::uint64_t end;
};

struct poke {
  static constexpr message_tag tag{"poke", 1};
};

/// What a worker goes on with whenever it has read something.
using orders = std::deque<order>;

struct said {
  static constexpr message_tag tag{"said", 1};
  std::array<char, 300> text;
};

struct bad {
  static constexpr message_tag tag{"bad", 1};
  unsigned kind;
};

struct deadly {
  static constexpr message_tag tag{"deadly", 1};
};

struct who_are_you {
  static constexpr message_tag tag{"who_are_you", 1};
};
struct introduction {
  static constexpr message_tag tag{"introduction", 1};
  unsigned id;
  unsigned asked_by;
  int pid;
};

/// "Tell the supervisor so much, and die."
struct last_words {
  static constexpr message_tag tag{"last_words", 1};
  std::uint64_t count;
};
/// From the supervisor, to all.
struct obituary {
  static constexpr message_tag tag{"obituary", 1};
  int pid;
};

/// With a text that its number decides.
struct written {
  static constexpr message_tag tag{"written", 1};
  std::uint64_t number;
  std::string text;

  explicit written(std::uint64_t n) : number(n), text(n * 1500, static_cast<char>('a' + n % 26)) {}
};

/// "Write your process's number into what comes with this."
struct sign_here {
  static constexpr message_tag tag{"sign_here", 1};
};

struct never_handled {
  static constexpr message_tag tag{"never_handled", 1};
};

}  // namespace
}  // namespace shoal::cluster

template <>
struct shoal::message_codec<shoal::cluster::written> {
  static void encode(const cluster::written& from, std::string& to) {
    to = std::to_string(from.number) + ":" + from.text;
  }
  static std::optional<cluster::written> decode(std::string_view from) {
    cluster::written made(std::strtoull(std::string(from.substr(0, 20)).c_str(), nullptr, 10));
    std::string again;
    encode(made, again);
    return from == again ? std::optional(std::move(made)) : std::nullopt;
  }
};

namespace shoal::cluster {
namespace {

/// What all processes write into and the test reads.
struct tally {
  std::atomic<std::uint64_t> heard{0};
  std::atomic<std::uint64_t> came{0};
  std::atomic<std::uint64_t> expected{~std::uint64_t{0}};
  std::atomic<std::uint64_t> sum{0};
  std::atomic<std::uint64_t> out_of_order{0};
  std::atomic<std::uint64_t> told{0};      // the supervisor
  std::atomic<std::uint64_t> mourners{0};  // who have heard of an end from it
  std::array<std::array<std::atomic<std::uint64_t>, workers>, workers> next{};
};

class Messages : public ::testing::TestWithParam<const char*> {
 protected:
  Messages() : tally_(*new(share()) tally) {
    app_.on_message<numbered>([this](worker& self, const numbered& what, sender from) {
      count(self, what.number, from);
      go_on(self);
    });
    app_.on_message<written>(
        [this](worker& self, const written& what, sender from) { count(self, what.number, from); });
    app_.on_ask<numbered>([](worker&, const numbered& n, sender) { return written(n.number); });
    const auto sign = [](const passed_descriptor& at) {
      const int pid = ::getpid();
      if (::write(at.get(), &pid, sizeof pid) != sizeof pid) std::fputs("not signed\n", stderr);
    };
    app_.on_message<sign_here>(
        [sign](worker&, const sign_here&, sender, passed_descriptor at) { sign(at); });
    app_.on_supervisor_message<sign_here>(
        [sign](supervisor&, const sign_here&, sender, passed_descriptor at) { sign(at); });
    app_.get<"/signatures">([](context& c) -> task<std::string> {
      auto& self = c.worker();
      const unsigned other = (self.id() + workers / 2) % workers;  // of the other process
      std::string all;
      const std::array<unsigned, 3> all_sides{self.id(), other, the_supervisor};
      for (const unsigned to : all_sides) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) co_return "no pipe";
        const passed_descriptor reader(ends[0]);
        const bool sent = self.send(to, sign_here{}, passed_descriptor(ends[1]).get());
        int pid = 0;
        while (sent && ::read(reader.get(), &pid, sizeof pid) < 0) {
          co_await sleep(std::chrono::milliseconds(1));
        }
        all += pid == ::getpid() ? "self " : pid == ::getppid() ? "supervisor " : "other ";
        // Nobody holds it any more.
        while (::read(reader.get(), &pid, sizeof pid) < 0) {
          co_await sleep(std::chrono::milliseconds(1));
        }
      }
      co_return all;
    });
    app_.get<"/ask-long/{number}">([](context& c, std::uint64_t number) -> task<std::string> {
      auto& self = c.worker();
      const unsigned other = (self.id() + workers / 2) % workers;  // of the other process
      const auto got =
          co_await self.ask<written>(other, numbered{number}, std::chrono::seconds(20));
      co_return got && got->text == written(number).text ? "right" : "wrong";
    });
    app_.get<"/kill-long/{count}">([this](context& c, std::uint64_t count) {
      tally_.expected = count;
      auto& self = c.worker();
      const unsigned other = (self.id() + workers / 2) % workers;
      bool all = self.send(other, deadly{});
      for (std::uint64_t i = 0; i < count; ++i) {
        all = (i % 2 == 0 ? self.send(other, written(i)) : self.send(other, numbered{i})) && all;
      }
      return all ? "all sent" : "refused";
    });
    app_.state<orders>();
    app_.on_message<order>([](worker& self, const order& what, sender) {
      self.state<orders>().push_back(what);
      go_on(self);
    });
    app_.on_message<poke>([](worker& self, const poke&, sender) { go_on(self); });
    app_.on_message<said>([this](worker& self, const said& what, sender from) {
      if (std::string_view(what.text.data()) != "hello " + std::to_string(from.worker)) return;
      std::fprintf(stderr, "%u has heard\n", self.id());
      if (++tally_.heard == workers) std::fputs("all have heard\n", stderr);
    });
    app_.on_message<bad>([](worker&, const bad& what, sender) {
      if (what.kind == 0) throw std::runtime_error("such is life");
      throw what.kind;
    });
    app_.on_message<deadly>([](worker&, const deadly&, sender) { ::kill(::getpid(), SIGKILL); });
    app_.on_ask<who_are_you>([](worker& self, const who_are_you&, sender from) {
      return introduction{self.id(), from.worker, ::getpid()};
    });
    app_.on_supervisor_message<numbered>([this](supervisor&, const numbered& what, sender) {
      if (tally_.told++ != what.number) ++tally_.out_of_order;
    });
    app_.on_message<last_words>([](worker& self, const last_words& what, sender) {
      for (std::uint64_t i = 0; i < what.count; ++i) {
        if (!self.send(the_supervisor, numbered{i})) return;
      }
      ::kill(::getpid(), SIGKILL);
    });
    app_.on_event([](supervisor& self, const lifecycle_event& e) {
      if (e.kind == event_kind::exit && e.signal) {
        static_cast<void>(self.broadcast(obituary{e.process->pid}));
      }
    });
    app_.on_message<obituary>([this](worker&, const obituary& what, sender from) {
      if (from.worker != the_supervisor || what.pid == ::getpid()) return;
      if (++tally_.mourners == workers) std::fputs("all mourn\n", stderr);
    });
    app_.on_supervisor_ask<who_are_you>([](supervisor& self, const who_are_you&, sender from) {
      return introduction{self.workers(), from.worker, ::getpid()};
    });
    app_.get<"/ask-above">([](context& c) -> task<std::string> {
      auto& self = c.worker();
      const auto got =
          co_await self.ask<introduction>(the_supervisor, who_are_you{}, std::chrono::seconds(20));
      const bool right = got && got->id == workers && got->asked_by == self.id();
      co_return right && got->pid == ::getppid() ? "the supervisor" : "somebody else";
    });
    app_.get<"/die/{count}">([](context& c, std::uint64_t count) {
      auto& self = c.worker();
      const unsigned other = (self.id() + workers / 2) % workers;  // of the other process
      return self.send(other, last_words{count}) ? "told to" : "refused";
    });
    app_.get<"/ask">([](context& c) -> task<std::string> {
      auto& self = c.worker();
      std::string right;
      for (unsigned to = 0; to < workers; ++to) {
        const auto got =
            co_await self.ask<introduction>(to, who_are_you{}, std::chrono::seconds(20));
        const bool true_words = got && got->id == to && got->asked_by == self.id();
        const bool near = to / 2 == self.id() / 2;
        right += true_words && (got->pid == ::getpid()) == near ? '+' : '-';
      }
      co_return right;
    });
    app_.get<"/say">([](context& c) {
      auto& self = c.worker();
      said what{};
      std::snprintf(what.text.data(), what.text.size(), "hello %u", self.id());
      return std::to_string(self.broadcast(what));
    });
    app_.get<"/fill">([](context& c) {
      auto& self = c.worker();
      std::uint64_t sent = 0;
      while (self.send(self.id(), numbered{sent})) ++sent;
      return std::to_string(sent);
    });
    app_.get<"/poke">([](context& c) { return std::to_string(c.worker().broadcast(poke{})); });
    app_.get<"/begin/{count}">([](context& c, std::uint64_t count) -> task<std::string> {
      auto& self = c.worker();
      for (unsigned from = 0; from < workers; ++from) {
        for (unsigned to = 0; to < workers; ++to) {
          // The first may have filled the queues of the last already.
          while (!self.send(from, order{to, 0, count}))
            co_await sleep(std::chrono::milliseconds(1));
        }
      }
      co_return "begun";
    });
    app_.get<"/burst/{count}">([](context& c, std::uint64_t count) -> task<std::string> {
      auto& self = c.worker();
      for (unsigned to = 0; to < workers; ++to) {
        for (std::uint64_t i = 0; i < count; ++i) {
          while (!self.send(to, numbered{i})) co_await sleep(std::chrono::milliseconds(1));
        }
      }
      co_return "all sent";
    });
    app_.get<"/expect/{count}">([this](std::uint64_t count) {
      tally_.expected = count;
      tell_if_all();
      return "";
    });
    app_.get<"/kill/{count}">([this](context& c, std::uint64_t count) {
      tally_.expected = count;
      auto& self = c.worker();
      const unsigned other = (self.id() + workers / 2) % workers;  // of the other process
      bool all = self.send(other, deadly{});
      for (std::uint64_t i = 0; i < count; ++i) all = self.send(other, numbered{i}) && all;
      return all ? "all sent" : "refused";
    });
    app_.get<"/bad">([this](context& c) {
      tally_.expected = 1;
      auto& self = c.worker();
      const bool all = self.send(0, bad{0}) && self.send(0, bad{1}) && self.send(0, numbered{0});
      return all ? "all sent" : "refused";
    });
    app_.get<"/nobody">([](context& c) {
      static_cast<void>(c.worker().send(workers, numbered{0}));
      return "sent";
    });
    app_.get<"/unknown">([](context& c) {
      static_cast<void>(c.worker().send(0, never_handled{}));
      return "sent";
    });
  }
  ~Messages() override { ::munmap(&tally_, sizeof tally_); }

  static std::vector<std::string> flags() {
    return {"--nodes", "2", "--workers", "2", "--driver", GetParam()};
  }

  app app_;
  tally& tally_;

 private:
  static void* share() {
    void* const at =
        ::mmap(nullptr, sizeof(tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    return at;
  }

  /// As much as there is room for. Where there is none, those who read come here again.
  static void go_on(worker& self) {
    for (auto& what : self.state<orders>()) {
      while (what.next < what.end && self.send(what.to, numbered{what.next})) ++what.next;
    }
  }

  void count(worker& self, std::uint64_t number, sender from) {
    auto& next = tally_.next[self.id()][from.worker];
    if (next.fetch_add(1) != number) ++tally_.out_of_order;
    tally_.sum += number;
    ++tally_.came;
    tell_if_all();
  }

  void tell_if_all() {
    if (tally_.came == tally_.expected) std::fputs("all came\n", stderr);
  }
};

INSTANTIATE_TEST_SUITE_P(All, Messages, ::testing::Values("uring", "epoll"),
                         [](const auto& driver) { return std::string(driver.param); });

TEST_P(Messages, AQuestionIsAnsweredByAWorkerOfAnyProcess) {
  test::server server(app_, flags());
  for (int times = 0; times < 8; ++times) EXPECT_EQ(server.get("/ask").body, "++++");
}

TEST_P(Messages, AQuestionIsAnsweredByTheSupervisor) {
  test::server server(app_, flags());
  for (int times = 0; times < 4; ++times)
    EXPECT_EQ(server.get("/ask-above").body, "the supervisor");
  EXPECT_EQ(server.stop(), 0);
}

TEST_P(Messages, TheSupervisorReadsWhatTheDeadHaveSaidAndTellsAllOfTheirEnd) {
  constexpr std::uint64_t count = 500;
  test::server server(app_, flags());
  ASSERT_EQ(server.get("/die/" + std::to_string(count)).body, "told to");
  EXPECT_NE(server.wait_for("all mourn"), "") << "the next process too, since the queue is its own";
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(tally_.told, count);
  EXPECT_EQ(tally_.out_of_order, 0u);
}

TEST_P(Messages, ABroadcastReachesAllWorkersOfAllProcesses) {
  test::server server(app_, flags());
  EXPECT_EQ(server.get("/say").body, "0");
  EXPECT_NE(server.wait_for("all have heard"), "");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(tally_.heard, workers) << "each of them once";
}

TEST_P(Messages, AFullQueueRefusesAndLosesNothing) {
  test::server server(app_, flags());
  tally_.expected = places;
  EXPECT_EQ(server.get("/fill").body, std::to_string(places));
  EXPECT_NE(server.wait_for("all came"), "");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(tally_.came, places);
  EXPECT_EQ(tally_.out_of_order, 0u);
}

TEST_P(Messages, AllPairsAtOnceKeepTheirOrder) {
  constexpr std::uint64_t each = 5000;  // more than a queue holds
  test::server server(app_, flags());
  ASSERT_EQ(server.get("/begin/" + std::to_string(each)).body, "begun");
  // Who has found no room, and gets nothing any more, has to be told to try again.
  while (tally_.came < each * workers * workers) server.get("/poke");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(tally_.out_of_order, 0u);
  EXPECT_EQ(tally_.came, each * workers * workers);
}

TEST_P(Messages, WhatAKilledProcessHasNotReadGoesToTheNext) {
  test::server server(app_, flags());
  EXPECT_EQ(server.get("/kill/100").body, "all sent");
  EXPECT_NE(server.wait_for("all came"), "");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(tally_.came, 100u) << "none of them twice";
  EXPECT_EQ(tally_.out_of_order, 0u);
}

TEST_P(Messages, LongOnesKeepTheirOrderAmongShortOnesAndSurviveTheirReader) {
  constexpr std::uint64_t count = 20;
  test::server server(app_, flags());
  EXPECT_EQ(server.get("/ask-long/40").body, "right");
  EXPECT_EQ(server.get("/kill-long/" + std::to_string(count)).body, "all sent");
  EXPECT_NE(server.wait_for("all came"), "");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(tally_.came, count);
  EXPECT_EQ(tally_.out_of_order, 0u);
}

TEST_P(Messages, DescriptorsTravelToWorkersAndToTheSupervisor) {
  test::server server(app_, flags());
  EXPECT_EQ(server.get("/signatures").body, "self other supervisor ");
  EXPECT_EQ(server.stop(), 0);
}

TEST_P(Messages, AHandlerThatThrowsIsLoggedAndTheNextIsCalled) {
  test::server server(app_, flags());
  EXPECT_EQ(server.get("/bad").body, "all sent");
  EXPECT_THAT(server.wait_for("the handler of bad from worker"), HasSubstr("such is life"));
  EXPECT_NE(server.wait_for("no std::exception"), "");
  EXPECT_NE(server.wait_for("all came"), "");
  EXPECT_EQ(server.stop(), 0);
}

TEST_P(Messages, WhatCannotBeSentIsAnErrorOfTheSender) {
  test::server server(app_, flags());
  EXPECT_EQ(server.get("/nobody").status, 500);
  EXPECT_EQ(server.get("/unknown").status, 500);
  EXPECT_EQ(server.stop(), 0);
}

TEST_P(Messages, NoneIsLostOrDoubledInAReload) {
  constexpr std::uint64_t each = 500;
  constexpr std::uint64_t bursts = 30;
  constexpr std::uint64_t all = 2 * bursts * workers * each;
  const auto burst = "/burst/" + std::to_string(each);
  test::server server(app_, flags());
  server.signal(SIGHUP);
  for (std::uint64_t i = 0; i < bursts; ++i) ASSERT_EQ(server.get(burst).body, "all sent");
  EXPECT_NE(server.wait_for("reload: new processes serve"), "");
  for (std::uint64_t i = 0; i < bursts; ++i) ASSERT_EQ(server.get(burst).body, "all sent");
  server.get("/expect/" + std::to_string(all));
  EXPECT_NE(server.wait_for("all came"), "");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(tally_.came, all);
  EXPECT_EQ(tally_.sum, 2 * bursts * workers * (each * (each - 1) / 2));
}

}  // namespace
}  // namespace shoal::cluster
