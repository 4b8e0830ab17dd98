#include "cluster/node/answers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "cluster/channel.h"

namespace shoal::cluster {
namespace {

struct Answers : testing::Test {
  channel ends = std::move(open_channel().value());
  answers said{ends.process.get()};

  /// Of all notes in the channel; others than answers are passed over.
  std::string heard() {
    std::string marks;
    while (const auto received = take_note(ends.supervisor.get())) {
      if (received->kind == note_kind::answered) marks += received->text;
    }
    return marks;
  }
};

TEST_F(Answers, AreSaidTogetherInTheirOrderAndOnce) {
  said.add(true);
  said.add(false);
  said.add(true);
  EXPECT_TRUE(said.wants_room());
  said.say();
  EXPECT_FALSE(said.wants_room());
  said.say();
  EXPECT_EQ(heard(), (std::string{taken_mark, refused_mark, taken_mark}));
}

TEST_F(Answers, AreKeptWhereConnectionsThatLeaveHaveFilledTheChannel) {
  const std::string input(8'000, 'i');
  const descriptor socket(::dup(ends.supervisor.get()));
  int leaving = 0;
  while (send_socket(ends.process.get(), note_kind::moved, input, {}, socket.get())) ++leaving;
  EXPECT_LT(leaving, 32);  // fewer than a process may have under way
  said.add(false);
  said.say();
  EXPECT_TRUE(said.wants_room());
  EXPECT_EQ(heard(), "");
  said.add(true);
  said.say();
  EXPECT_FALSE(said.wants_room());
  EXPECT_EQ(heard(), (std::string{refused_mark, taken_mark}));
}

}  // namespace
}  // namespace shoal::cluster
