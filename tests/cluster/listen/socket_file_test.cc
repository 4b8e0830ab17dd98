#include "cluster/listen/socket_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cluster/exit_code.h"
#include "cluster/running_app.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

class SocketFile : public testing::Test {
 protected:
  SocketFile() {
    char name[] = "/tmp/shoal_socket_file_XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~SocketFile() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string path() const { return directory_ + "/app.sock"; }
  [[nodiscard]] app_settings here(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--workers", "2", "--listen", "127.0.0.1:0,unix:" + path()});
    return {.flags = std::move(more)};
  }

  std::string directory_;
};

std::string ask(const std::string& path, std::string_view what = "/") {
  test_client client(path);
  return client.connected() && client.ask(what) ? body_of(client.answer()) : "";
}

TEST_F(SocketFile, AnswersWhateverTheDispatch) {
  for (const auto* kind : {"auto", "cbpf", "handoff", "reuseport", "shared"}) {
    for (const auto* driver : {"uring", "epoll"}) {
      auto app = run_app(here({"--dispatch", kind, "--driver", driver}));
      ASSERT_TRUE(app.ready()) << app.log();
      EXPECT_THAT(app.log(), HasSubstr("unix:" + path()));
      for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(path()), "hello") << kind << " " << driver;
      EXPECT_EQ(fetch(app.port(), "/"), "hello");
      app.signal(SIGTERM);  // a kill would leave processes behind that listen for a moment more
      EXPECT_EQ(app.ended(), 0);
    }
  }
}

TEST_F(SocketFile, IsForOwnerAndGroupAndGoesWithTheServer) {
  auto app = run_app(here());
  ASSERT_TRUE(app.ready()) << app.log();
  struct stat facts{};
  ASSERT_EQ(::stat(path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, socket_file_mode);
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(SocketFile, ThatAKilledServerLeftIsReplaced) {
  {
    auto app = run_app(here());
    ASSERT_TRUE(app.ready()) << app.log();
  }  // killed
  while (test_client(path()).connected()) {
  }  // its processes end a moment later
  ASSERT_TRUE(std::filesystem::exists(path()));
  auto app = run_app(here());
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(ask(path()), "hello");
}

TEST_F(SocketFile, ThatIsServedIsRefused) {
  auto first = run_app(here());
  ASSERT_TRUE(first.ready()) << first.log();
  auto second = run_app(here());
  EXPECT_EQ(second.ended(), exit_address);
  EXPECT_THAT(second.log(), HasSubstr("another server listens there"));
  EXPECT_EQ(ask(path()), "hello");
}

TEST_F(SocketFile, ThatIsNoSocketIsLeftAlone) {
  std::ofstream(path()) << "precious";
  auto app = run_app(here());
  EXPECT_EQ(app.ended(), exit_address);
  EXPECT_EQ(std::filesystem::file_size(path()), 8U);
}

TEST_F(SocketFile, ThatSomebodyHasReplacedIsLeftAlone) {
  auto app = run_app(here());
  ASSERT_TRUE(app.ready()) << app.log();
  std::filesystem::remove(path());
  std::ofstream(path()) << "another's";
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0);
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(SocketFile, InADirectoryThatIsNotThereIsRefusedByName) {
  auto app = run_app({.flags = {"--listen", "unix:/nowhere/at/all.sock"}});
  EXPECT_EQ(app.ended(), exit_address);
  EXPECT_THAT(app.log(), HasSubstr("unix:/nowhere/at/all.sock: the directory does not exist"));
}

}  // namespace
}  // namespace shoal::cluster
