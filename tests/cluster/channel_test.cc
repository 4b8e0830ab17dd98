#include "cluster/channel.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>
#include <string>

namespace shoal::cluster {
namespace {

TEST(Channel, NotesArriveWholeAndInOrder) {
  const auto opened = open_channel();
  ASSERT_TRUE(opened.ok());
  const auto& ends = opened.value();
  send_note(ends.process.get(), note_kind::failed, "no database");
  send_note(ends.process.get(), note_kind::leaving);
  const auto first = take_note(ends.supervisor.get());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kind, note_kind::failed);
  EXPECT_EQ(first->text, "no database");
  EXPECT_EQ(take_note(ends.supervisor.get())->kind, note_kind::leaving);
  EXPECT_FALSE(take_note(ends.supervisor.get()));
}

TEST(Channel, LastWordsAreHeardBeforeTheEnd) {
  auto opened = open_channel();
  auto& ends = opened.value();
  send_note(ends.process.get(), note_kind::failed, "why");
  ends.process.reset();
  EXPECT_EQ(take_note(ends.supervisor.get())->text, "why");
  EXPECT_EQ(take_note(ends.supervisor.get())->kind, note_kind::closed);
  EXPECT_EQ(take_note(ends.supervisor.get())->kind, note_kind::closed);
}

TEST(Channel, ALongReasonIsCutAndNoOneWaitsForAReader) {
  const auto opened = open_channel();
  const auto& ends = opened.value();
  for (int i = 0; i < 10'000; ++i) {
    send_note(ends.supervisor.get(), note_kind::drain, std::string(5'000, 'x'));
  }
  EXPECT_EQ(take_note(ends.process.get())->text.size(), 1'000U);
}

TEST(Channel, ANoteForSomebodyWhoIsGoneIsDropped) {
  auto opened = open_channel();
  opened.value().process.reset();
  EXPECT_FALSE(send_note(opened.value().supervisor.get(), note_kind::drain));  // no SIGPIPE
  EXPECT_NE(errno, EAGAIN);
}

TEST(Channel, WhereThereIsNoRoomItIsSaidWhenThereIsAgain) {
  const auto opened = open_channel();
  const auto& ends = opened.value();
  while (send_note(ends.supervisor.get(), note_kind::reopen)) {
  }
  EXPECT_EQ(errno, EAGAIN);
  pollfd room{ends.supervisor.get(), POLLOUT, 0};
  EXPECT_EQ(::poll(&room, 1, 0), 0);
  while (take_note(ends.process.get())) {
  }
  EXPECT_EQ(::poll(&room, 1, 0), 1);
  EXPECT_TRUE(send_note(ends.supervisor.get(), note_kind::reopen));
}

}  // namespace
}  // namespace shoal::cluster
