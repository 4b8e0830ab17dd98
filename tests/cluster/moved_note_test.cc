#include "cluster/moved_note.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>

namespace shoal::cluster {
namespace {

http::moved_connection some(std::string input) {
  return {.socket = 1,
          .input = std::move(input),
          .served = 17,
          .work_us = 400,
          .closes_at = 99,
          .key = 0xfeed'0000'0001,
          .shared = true};
}

/// What comes of it at the other end.
std::optional<note> through_a_channel(const http::moved_connection& one) {
  const auto opened = open_channel();
  if (!send_moved(opened.value().process.get(), one)) return std::nullopt;
  return take_note(opened.value().supervisor.get());
}

TEST(MovedNote, BringsAllThatAConnectionHas) {
  const std::string input("GET / HTTP/1.1\r\n\0x", 18);
  const auto arrived = through_a_channel(some(input));
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->kind, note_kind::moved);
  EXPECT_TRUE(arrived->socket.open());
  auto read = read_moved(arrived->text);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->is_fresh());
  const auto out = unpack(std::move(*read), 7);
  EXPECT_EQ(out.socket, 7);
  EXPECT_EQ(out.input, input);
  EXPECT_EQ(out.served, 17U);
  EXPECT_EQ(out.work_us, 400U);
  EXPECT_EQ(out.closes_at, 99U);
  EXPECT_EQ(out.key, 0xfeed'0000'0001U);
  EXPECT_TRUE(out.shared);
  EXPECT_EQ(out.joint, nullptr);
}

TEST(MovedNote, OneForATrialSaysSo) {
  auto one = some("GET");
  one.on_trial = true;
  const auto arrived = through_a_channel(one);
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->kind, note_kind::tried);
  EXPECT_TRUE(read_moved(arrived->text));
}

TEST(MovedNote, OneThatComesBackStays) {
  EXPECT_FALSE(unpack(moved_note(), 7).stays);
  EXPECT_TRUE(unpack(moved_note{.about = {.comes_back = true}}, 7).stays);
}

TEST(MovedNote, TheLongestInputTravelsAndALongerOneDoesNot) {
  const auto arrived = through_a_channel(some(std::string(most_input, 'x')));
  ASSERT_TRUE(arrived);
  EXPECT_EQ(read_moved(arrived->text)->input.size(), most_input);
  EXPECT_FALSE(through_a_channel(some(std::string(most_input + 1, 'x'))));
  EXPECT_EQ(errno, EMSGSIZE);
}

TEST(MovedNote, OneThatWasCutIsNone) {
  const std::string whole = through_a_channel(some("GET /"))->text;
  ASSERT_TRUE(read_moved(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_moved(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(read_moved(whole + "x"));
}

TEST(MovedNote, TheSocketIsMissingWhereNoDescriptorIsFree) {
  const auto opened = open_channel();
  ASSERT_TRUE(send_moved(opened.value().process.get(), some("GET /")));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto arrived = take_note(opened.value().supervisor.get());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(arrived);
  EXPECT_FALSE(arrived->socket.open());
  EXPECT_TRUE(read_moved(arrived->text));
}

TEST(MovedNote, NothingIsSentToSomebodyWhoIsGone) {
  auto opened = open_channel();
  opened.value().supervisor.reset();
  EXPECT_FALSE(send_moved(opened.value().process.get(), some("")));
}

}  // namespace
}  // namespace shoal::cluster
