#include "cluster/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

#include "running_app.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

/// A service manager's socket.
class manager final {
 public:
  explicit manager(const std::string& name)
      : name_(name), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), at.sun_path);
    if (name[0] == '@') at.sun_path[0] = '\0';
    ::unlink(name.c_str());
    const auto size = offsetof(sockaddr_un, sun_path) + name.size();
    ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&at), static_cast<socklen_t>(size));
  }
  ~manager() { ::unlink(name_.c_str()); }

  /// The next thing that it is told; "" if nothing comes.
  std::string heard() {
    pollfd one{socket_.get(), POLLIN, 0};
    if (::poll(&one, 1, 30'000) != 1) return "";
    char text[1024];
    const auto size = ::recv(socket_.get(), text, sizeof text, 0);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "";
  }
  /// Skips to what begins so.
  std::string heard(std::string_view begin) {
    std::string text = heard();
    while (!text.empty() && !text.starts_with(begin)) text = heard();
    return text;
  }

 private:
  std::string name_;
  descriptor socket_;
};

std::map<std::string, std::string> environment;

const char* get(const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? nullptr : found->second.c_str();
}

std::string own_path() { return "/tmp/shoal_notify." + std::to_string(::getpid()); }

TEST(ServiceManager, IsToldWhatSdNotifySays) {
  for (const auto& name : {own_path(), "@shoal.notify." + std::to_string(::getpid())}) {
    manager listens(name);
    environment = {{"NOTIFY_SOCKET", name}};
    const service_manager told(get);
    told.ready("all is well");
    EXPECT_EQ(listens.heard(),
              "READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=all is well");
    told.reloading(monotonic_time(std::chrono::seconds(7)));
    EXPECT_EQ(listens.heard(), "RELOADING=1\nMONOTONIC_USEC=7000000");
    told.stopping();
    EXPECT_EQ(listens.heard(), "STOPPING=1");
    EXPECT_FALSE(told.watchdog());
  }
}

TEST(ServiceManager, AsksForSignsOfLifeOfThisProcessAlone) {
  const auto period = [](std::map<std::string, std::string> values) {
    environment = std::move(values);
    environment["NOTIFY_SOCKET"] = own_path();
    return service_manager(get).watchdog();
  };
  const auto me = std::to_string(::getpid());
  EXPECT_EQ(period({{"WATCHDOG_USEC", "30000000"}}), nanoseconds(std::chrono::seconds(30)));
  EXPECT_EQ(period({{"WATCHDOG_USEC", "1000"}, {"WATCHDOG_PID", me}}),
            nanoseconds(std::chrono::milliseconds(1)));
  EXPECT_FALSE(period({{"WATCHDOG_USEC", "1000"}, {"WATCHDOG_PID", "1"}}));
  EXPECT_FALSE(period({{"WATCHDOG_USEC", "0"}}));
  EXPECT_FALSE(period({{"WATCHDOG_USEC", "soon"}}));
}

TEST(ServiceManager, ThatDoesNotListenIsNoError) {
  for (const std::string name : {"", "relative", "/nonexistent/socket"}) {
    environment = {{"NOTIFY_SOCKET", name}};
    service_manager(get).ready("unheard");
  }
  environment = {{"NOTIFY_SOCKET", "/" + std::string(200, 'x')}};
  service_manager(get).ready("unheard");
}

TEST(ServiceManager, FollowsAClusterFromItsStartToItsEnd) {
  const auto path = own_path();
  manager listens(path);
  auto app = run_app({.flags = {"--workers", "1"}, .before_exec = [path] {
                        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
                        ::setenv("WATCHDOG_USEC", "300000", 1);
                      }});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_THAT(listens.heard("READY=1"), HasSubstr("MAINPID=" + std::to_string(app.pid())));
  EXPECT_EQ(listens.heard("WATCHDOG=1"), "WATCHDOG=1");
  app.signal(SIGHUP);
  EXPECT_THAT(listens.heard("RELOADING=1"), HasSubstr("MONOTONIC_USEC="));
  EXPECT_NE(listens.heard("READY=1"), "");
  app.signal(SIGTERM);
  EXPECT_NE(listens.heard("STOPPING=1"), "");
  EXPECT_EQ(app.ended(), 0) << app.log();
}

}  // namespace
}  // namespace shoal::cluster
