// The program itself, from outside: what it prints and how it ends.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "program.h"
#include "shm/load_segment.h"
#include "shm/slot_writer.h"
#include "support/child_process.h"

namespace shoal::tool {
namespace {

TEST(ShoalStatus, ShowsAStuckWorkerWithoutItsHelp) {
  const auto segment = shm::load_segment::create(2, "status test", read_clock()).value();
  const shoal::testing::signal_pipe ready;
  shoal::testing::child_process worker([&] {
    const auto now = read_clock();
    shm::slot_writer writer(segment.slot(1), {.pid = static_cast<std::uint64_t>(::getpid())}, now);
    writer.set_state(shm::worker_state::ready);
    writer.turn_began(now - std::chrono::seconds(5));
    ready.give();
    ::pause();
  });
  ready.take();
  const auto seen = run("status --pid " + std::to_string(worker.pid()));
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_NE(seen.text.find("status test: supervisor " + std::to_string(::getpid())),
            std::string::npos)
      << seen.text;
  EXPECT_NE(seen.text.find("no: in a turn for 5"), std::string::npos) << seen.text;

  const auto json = run("status --json --pid " + std::to_string(::getpid()));
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_NE(json.text.find(R"("state":"ready","stuck":true)"), std::string::npos) << json.text;
}

TEST(ShoalStatus, SaysThatNoServerIsThere) {
  const auto seen = run("status --pid " + std::to_string(::getpid()));
  EXPECT_EQ(seen.exit_code, 3);
  // Above it, those of other releases that run on this machine.
  EXPECT_TRUE(seen.text.ends_with("no shoal server has a process " + std::to_string(::getpid()) +
                                  " (for this user)\n"))
      << seen.text;
}

TEST(ShoalProgram, PrintsItsVersion) {
  const auto seen = run("version");
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_TRUE(seen.text.starts_with("shoal ")) << seen.text;
}

TEST(ShoalProgram, ExplainsItself) {
  const auto seen = run("--help");
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_NE(seen.text.find("status"), std::string::npos);
}

TEST(ShoalProgram, RefusesWhatItDoesNotKnowAndSaysWhereToLook) {
  struct mistake {
    const char* arguments;
    const char* text;
  };
  for (const auto& [arguments, text] :
       {mistake{"", "shoal: no command given\ntry: shoal --help\n"},
        mistake{"stauts",
                "shoal: The following argument was not expected: stauts\ntry: shoal --help\n"},
        mistake{"status --jsno",
                "shoal: The following argument was not expected: --jsno\n"
                "try: shoal status --help\n"},
        mistake{"status --pid x",
                "shoal: Could not convert: --pid = x\ntry: shoal status --help\n"}}) {
    const auto seen = run(arguments);
    EXPECT_EQ(seen.exit_code, 2) << arguments;
    EXPECT_EQ(seen.text, text);
  }
}

}  // namespace
}  // namespace shoal::tool
