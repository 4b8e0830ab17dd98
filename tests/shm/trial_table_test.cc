#include "shm/trial_table.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/slot_reader.h"
#include "shm/slot_writer.h"

namespace shoal::shm {
namespace {

TEST(TrialTable, TellsWhatAChildHasCountedThatIsGone) {
  const auto table = trial_table::create(2).value();
  const pid_t child = ::fork();
  if (child == 0) {
    add(table.of(1).all, total::answers_5xx, 3);
    slot_writer slot(table.of(1).now, {}, read_clock());
    slot.set_state(worker_state::ready);
    slot.turn_began(read_clock());
    slot.turn_ended(read_clock(), {.requests_in_flight = 2});
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(read_tally(table.of(1).all).of(total::answers_5xx), 3U);
  EXPECT_EQ(read_tally(table.of(0).all).of(total::answers_5xx), 0U);
  EXPECT_EQ(read_slot(table.of(1).now).requests_in_flight, 2U);
}

}  // namespace
}  // namespace shoal::shm
