#include "cluster/control/control_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "support/child_process.h"

namespace shoal::cluster {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ControlPlace : public ::testing::Test {
 protected:
  ControlPlace() {
    char name[] = "/tmp/shoal_control_XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~ControlPlace() override { fs::remove_all(directory_); }

  [[nodiscard]] std::string below(const std::string& name) const { return directory_ + "/" + name; }

  std::string directory_;
};

std::string own_name() { return "app-" + std::to_string(::getpid()) + ".sock"; }

TEST(ControlDirectories, AreTheMachinesAndThenTheUsers) {
  EXPECT_THAT(control_directories("/run/user/7"), ElementsAre("/run/shoal", "/run/user/7/shoal"));
  EXPECT_THAT(control_directories(nullptr), ElementsAre("/run/shoal"));
  EXPECT_THAT(control_directories(""), ElementsAre("/run/shoal"));
  EXPECT_THAT(control_directories("here"), ElementsAre("/run/shoal"));
}

TEST_F(ControlPlace, IsInTheFirstDirectoryThatLetsUs) {
  const auto opened =
      open_control_socket("auto", "app", {"/proc/shoal", below("one"), below("two")});
  ASSERT_TRUE(opened && opened.value());
  EXPECT_EQ(opened.value()->path, below("one/") + own_name());
  struct stat facts{};
  ASSERT_EQ(::stat(opened.value()->path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, control_mode);
  EXPECT_FALSE(fs::exists(below("two")));
}

TEST_F(ControlPlace, IsNowhereWhereNobodyLetsUs) {
  const auto opened = open_control_socket("auto", "app", {"/proc/shoal"});
  ASSERT_TRUE(opened);
  EXPECT_FALSE(opened.value());
  const auto unwanted = open_control_socket("none", "app", {below("one")});
  ASSERT_TRUE(unwanted);
  EXPECT_FALSE(unwanted.value());
  EXPECT_FALSE(fs::exists(below("one")));
}

TEST_F(ControlPlace, OfALongNameFits) {
  const auto opened = open_control_socket("auto", std::string(300, 'x'), {directory_});
  ASSERT_TRUE(opened && opened.value());
}

TEST_F(ControlPlace, GoesWithItsOwner) {
  {
    const auto opened = open_control_socket("auto", "app", {directory_});
  }
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(ControlPlace, RefusesAPathThatIsServedAndTakesOneThatIsLeftOver) {
  {
    const auto first = open_control_socket(below("a"), "app", {});
    ASSERT_TRUE(first && first.value());
    const auto second = open_control_socket(below("a"), "app", {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, EADDRINUSE);
    EXPECT_THAT(second.error().message,
                HasSubstr("--control: cannot listen on unix:" + below("a")));
  }
  shoal::testing::child_process killed([&] {
    const auto opened = open_control_socket(below("a"), "app", {});
    ::kill(::getpid(), SIGKILL);
  });
  killed.wait();
  ASSERT_TRUE(fs::exists(below("a")));
  const auto third = open_control_socket(below("a"), "app", {});
  EXPECT_TRUE(third && third.value());
}

TEST_F(ControlPlace, RemovesWhatKilledServersHaveLeft) {
  pid_t gone = 0;
  {
    shoal::testing::child_process killed([&] {
      const auto opened = open_control_socket("auto", "other", {directory_});
      ::kill(::getpid(), SIGKILL);
    });
    gone = killed.pid();
    killed.wait();
  }
  const auto left = below("other-" + std::to_string(gone) + ".sock");
  ASSERT_TRUE(fs::exists(left));
  const auto alive =
      open_control_socket(below("alive-" + std::to_string(gone) + ".sock"), "app", {});
  ASSERT_TRUE(alive && alive.value());
  const auto opened = open_control_socket("auto", "app", {directory_});
  ASSERT_TRUE(opened && opened.value());
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(alive.value()->path)) << "somebody listens there";
}

TEST_F(ControlPlace, OfARelativePathIsSaidAsAWholeOne) {
  const auto before = fs::current_path();
  fs::current_path(directory_);
  const auto opened = open_control_socket("a", "app", {});
  fs::current_path(before);
  ASSERT_TRUE(opened && opened.value());
  EXPECT_EQ(opened.value()->path, below("a"));
}

TEST(ControlWish, IsAWordOrAPath) {
  for (const auto* good : {"auto", "none", "/run/a.sock", "a"})
    EXPECT_TRUE(check_control_wish(good));
  EXPECT_FALSE(check_control_wish(""));
  EXPECT_FALSE(check_control_wish(std::string(108, 'x')));
}

}  // namespace
}  // namespace shoal::cluster
