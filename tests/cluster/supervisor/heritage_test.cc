#include "cluster/supervisor/heritage.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "cluster/channel.h"

namespace shoal::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

descriptor some() { return descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(Heritage, GoesThroughNotesUnchanged) {
  heritage all;
  all.listeners.push_back({accepting::each, 1, 3, "127.0.0.1:0", some()});
  all.listeners.push_back({accepting::handed, 0, 0, "unix:/a path/with blanks", some()});
  all.listeners.push_back({accepting::handed, 2, 0, "fd:http", some(), true});
  all.control_socket.emplace("/run/shoal/x y.sock", some());
  heritage got;
  for (auto& one : bequests_of(std::move(all))) {
    EXPECT_TRUE(add(one.text, std::move(one.socket), got)) << one.text;
  }
  ASSERT_EQ(got.listeners.size(), 3U);
  EXPECT_EQ(got.listeners[0].who, accepting::each);
  EXPECT_EQ(got.listeners[0].address, 1U);
  EXPECT_EQ(got.listeners[0].slot, 3U);
  EXPECT_EQ(got.listeners[0].wish, "127.0.0.1:0");
  EXPECT_EQ(got.listeners[1].who, accepting::handed);
  EXPECT_EQ(got.listeners[1].wish, "unix:/a path/with blanks");
  EXPECT_FALSE(got.listeners[1].given);
  EXPECT_EQ(got.listeners[2].who, accepting::handed);
  EXPECT_TRUE(got.listeners[2].given);
  ASSERT_TRUE(got.control_socket);
  EXPECT_EQ(got.control_socket->path, "/run/shoal/x y.sock");
}

TEST(Heritage, RefusesWhatIsNone) {
  for (const char* const text :
       {"", "listener", "listener all 0 0 a", "listener each x 0 a", "listener each 0 -1 a",
        "listener each 0 0 ", "listener each 0 99999999999999999999 a", "control", "control ",
        "window 3"}) {
    heritage got;
    EXPECT_FALSE(add(text, some(), got)) << text;
  }
  heritage got;
  EXPECT_FALSE(add("listener each 0 0 a", descriptor(), got)) << "nothing beside it";
  EXPECT_TRUE(add("control /a", some(), got));
  EXPECT_FALSE(add("control /b", some(), got)) << "there is one";
}

TEST(Heritage, CountsGenerations) {
  std::vector<unsigned> got;
  EXPECT_TRUE(read_generations(text_of({4, 0, 17}), got));
  EXPECT_THAT(got, ElementsAre(4U, 0U, 17U));
  got.clear();
  EXPECT_FALSE(read_generations("4 many", got));
}

TEST(Heritage, IsReceivedAsItWasSent) {
  auto ends = open_channel();
  ASSERT_TRUE(ends);
  const int elder = ends.value().supervisor.get();
  const auto socket = some();
  ASSERT_TRUE(send_socket(elder, note_kind::inherit, "listener each 0 0 a", {}, socket.get()));
  ASSERT_TRUE(send_note(elder, note_kind::complete, "5"));
  const auto got = receive_heritage(ends.value().process.get());
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got.value().listeners.size(), 1U);
  EXPECT_THAT(got.value().generations, ElementsAre(5U));
  const auto hello = take_note(elder);
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->kind, note_kind::hello);
  EXPECT_EQ(hello->text, upgrade_protocol());
}

TEST(Heritage, OfAnElderThatIsGoneIsAnError) {
  auto ends = open_channel();
  ASSERT_TRUE(ends);
  ends.value().supervisor.reset();
  const auto got = receive_heritage(ends.value().process.get());
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().message, HasSubstr("the old supervisor is gone"));
}

TEST(Heritage, IsLookedForOnce) {
  auto ends = open_channel();
  ASSERT_TRUE(ends);
  const int end = ends.value().process.release();
  ::setenv(heritage_variable, std::to_string(end).c_str(), 1);
  const auto link = take_heritage_link();
  EXPECT_EQ(link.get(), end);
  EXPECT_EQ(std::getenv(heritage_variable), nullptr) << "children shall not look";
  EXPECT_FALSE(take_heritage_link().open());
}

TEST(Heritage, ThatSomebodyHasMadeUpIsNone) {
  const auto file = some();
  for (const auto& text : {std::string("x"), std::string("-1"), std::string("1"),
                           std::string("99999"), std::to_string(file.get())}) {
    ::setenv(heritage_variable, text.c_str(), 1);
    EXPECT_FALSE(take_heritage_link().open()) << text;
    EXPECT_EQ(std::getenv(heritage_variable), nullptr);
  }
}

}  // namespace
}  // namespace shoal::cluster
