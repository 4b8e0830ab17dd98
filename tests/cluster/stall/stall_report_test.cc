// stall_report.h, stall_stack.h and stall_facts.h, with real threads. What a loaded machine makes
// of a thread that computes (it is starved) is as right as the other answer.
#include "cluster/stall/stall_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"
#include "cluster/stall/stall_facts.h"
#include "cluster/stall/stall_stack.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto patience = 20s;  // a safety net

/// A thread that runs `body` and is seen from outside.
class subject final {
 public:
  explicit subject(const std::function<void()>& body)
      : thread_([this, body] {
          id_ = ::gettid();
          body();
        }) {
    while (id_ == 0) std::this_thread::yield();
  }
  ~subject() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] pid_t id() const { return id_; }
  [[nodiscard]] pthread_t handle() { return thread_.native_handle(); }

  /// Waits until it sleeps in some call, and returns what is seen then.
  [[nodiscard]] thread_facts asleep() const {
    const auto until = read_clock() + patience;
    for (;;) {
      const auto seen = look_at_thread(id_);
      if (seen && seen->state == 'S' && seen->call >= 0) return *seen;
      if (read_clock() > until) return {};
      std::this_thread::yield();
    }
  }

 private:
  std::atomic<pid_t> id_{0};
  std::thread thread_;
};

class StallReport : public testing::Test {
 protected:
  static void SetUpTestSuite() { install_stack_capture(); }

  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
  }

  descriptor read_end_;
  descriptor write_end_;
  std::atomic<bool> stop_{false};
};

[[gnu::noinline]] void compute_until(const std::atomic<bool>& stop) {
  while (!stop.load()) {
  }
}

[[gnu::noinline]] ssize_t read_one(int fd) {
  char byte = 0;
  const auto got = ::read(fd, &byte, 1);
  return got < 0 ? -errno : got;
}

TEST_F(StallReport, SaysThatAHandlerComputesAndWhere) {
  subject thread([&] { compute_until(stop_); });
  const auto text = describe_stall({.thread = thread.id(),
                                    .worker = 3,
                                    .age = 26ms,
                                    .route = "GET /report",
                                    .request_id = "0194f3"},
                                   {.patience = patience});
  stop_ = true;
  EXPECT_TRUE(text.starts_with("worker 3 is in one turn for 26 ms: ")) << text;
  EXPECT_THAT(text, AnyOf(HasSubstr("handler computes"), HasSubstr("machine is starved")));
  EXPECT_THAT(text, HasSubstr("; route GET /report, request 0194f3; its stack:\n"));
  EXPECT_THAT(text, HasSubstr("compute_until"));
}

TEST_F(StallReport, SaysWhatAJobIsOf) {
  subject thread([&] { compute_until(stop_); });
  const auto text =
      describe_stall({.thread = thread.id(), .age = 1000ms, .route = "GET /report", .is_job = true},
                     {.patience = patience});
  stop_ = true;
  EXPECT_TRUE(text.starts_with("a job of GET /report has run for 1000 ms: ")) << text;
  EXPECT_THAT(text, HasSubstr("compute_until"));
}

TEST_F(StallReport, SaysInWhichCallAHandlerIsBlockedAndDoesNotDisturbIt) {
  std::atomic<ssize_t> got{0};
  subject thread([&] { got = read_one(read_end_.get()); });
  (void)thread.asleep();
  const auto text = describe_stall({.thread = thread.id(), .age = 100ms}, {.patience = patience});
  EXPECT_THAT(text, HasSubstr("blocked in read(" + std::to_string(read_end_.get()) + ")"));
  EXPECT_THAT(text, HasSubstr("is pipe:["));
  EXPECT_THAT(text, HasSubstr("read_one"));
  ASSERT_EQ(::write(write_end_.get(), "x", 1), 1);
  thread.join();
  EXPECT_EQ(got, 1) << "the call went on after the signal";
}

[[gnu::noinline]] void sleep_for_an_hour(std::atomic<bool>& ended) {
  const timespec hour{3600, 0};
  ::nanosleep(&hour, nullptr);
  ended = true;
}

TEST_F(StallReport, LeavesASleepAloneAndNamesWhatIsOnItsStack) {
  struct sigaction ignore{};
  ignore.sa_handler = [](int) {};
  struct sigaction before{};
  ::sigaction(SIGUSR2, &ignore, &before);
  std::atomic<bool> ended{false};
  subject thread([&] { sleep_for_an_hour(ended); });
  EXPECT_FALSE(may_be_asked(thread.asleep()));
  const auto text = describe_stall({.thread = thread.id()});
  EXPECT_THAT(text, HasSubstr("blocked in clock_nanosleep"));
  EXPECT_THAT(text, HasSubstr("no stack, since asking for it would end its clock_nanosleep early"));
  EXPECT_THAT(text, HasSubstr("sleep_for_an_hour"));
  EXPECT_FALSE(ended);
  ::pthread_kill(thread.handle(), SIGUSR2);
  thread.join();
  ::sigaction(SIGUSR2, &before, nullptr);
}

TEST_F(StallReport, LeavesASocketWithATimeoutAlone) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const descriptor ours(pair[0]);
  const descriptor theirs(pair[1]);
  for (const auto seconds : {0, 3600}) {
    const timeval limit{.tv_sec = seconds};
    ::setsockopt(theirs.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    subject thread([&] {
      char byte = 0;
      (void)!::recv(theirs.get(), &byte, 1, 0);
    });
    EXPECT_EQ(may_be_asked(thread.asleep()), seconds == 0);
    ASSERT_EQ(::send(ours.get(), "x", 1, 0), 1);
  }
}

TEST_F(StallReport, SaysThatAHandlerWaitsForAnother) {
  std::mutex lock;
  std::unique_lock held(lock);
  subject thread([&] { const std::lock_guard wait(lock); });
  (void)thread.asleep();
  const auto text = describe_stall({.thread = thread.id()}, {.patience = patience});
  held.unlock();
  EXPECT_THAT(text, HasSubstr("blocked in futex (a lock, a condition or another thread)"));
  EXPECT_THAT(text, HasSubstr("; its stack:\n"));
}

TEST_F(StallReport, SaysThatThereIsNoStackWhereTheSignalIsBlocked) {
  subject thread([&] {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    ASSERT_EQ(::write(write_end_.get(), "x", 1), 1);
    compute_until(stop_);
  });
  ASSERT_EQ(read_one(read_end_.get()), 1);
  EXPECT_EQ(stack_of(thread.id(), 20ms), "  (no stack: the thread has not answered)\n");
  stop_ = true;
}

TEST_F(StallReport, SaysThatAThreadIsGone) {
  pid_t id = 0;
  {
    subject thread([] {});
    id = thread.id();
  }
  EXPECT_THAT(describe_stall({.thread = id}), HasSubstr("its thread is gone"));
  EXPECT_EQ(stack_of(id, 20ms), "  (no stack: the thread is gone)\n");
  EXPECT_FALSE(look_at_thread(id));
}

// The handler runs wherever the thread is: in the allocator, in the unwinder itself.
TEST_F(StallReport, TakesTheStackInTheMiddleOfAnything) {
  std::atomic<std::uint64_t> rounds{0};
  subject thread([&] {
    std::vector<std::string> strings;
    while (!stop_) {
      ++rounds;
      strings.emplace_back(100 + rounds % 5000, 'x');
      if (strings.size() > 50) strings.clear();
      try {
        throw std::runtime_error("caught");
      } catch (const std::runtime_error&) {
      }
    }
  });
  for (int i = 0; i < 300; ++i) {
    EXPECT_THAT(stack_of(thread.id(), patience), Not(HasSubstr("no stack")));
  }
  stop_ = true;
  thread.join();
  EXPECT_GT(rounds, 0U);
}

TEST_F(StallReport, AnswersSeveralAskersOneAfterAnother) {
  subject thread([&] { compute_until(stop_); });
  std::vector<std::string> answers(4);
  {
    std::vector<std::jthread> askers;
    for (auto& answer : answers) {
      askers.emplace_back([&] { answer = stack_of(thread.id(), patience); });
    }
  }
  stop_ = true;
  for (const auto& answer : answers) EXPECT_THAT(answer, HasSubstr("compute_until"));
}

}  // namespace
}  // namespace shoal::cluster
