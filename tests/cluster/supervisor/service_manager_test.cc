#include "cluster/supervisor/service_manager.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "cluster/running_app.h"
#include "cluster/service_manager_stand_in.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

std::map<std::string, std::string> environment;

const char* get(const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? nullptr : found->second.c_str();
}

TEST(ServiceManager, IsToldWhatSdNotifySays) {
  for (const auto& name : {notify_path(), "@shoal.notify." + std::to_string(::getpid())}) {
    manager_stand_in listens(name);
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
    environment["NOTIFY_SOCKET"] = notify_path();
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

TEST(ServiceManager, KeepsDescriptorsUnderTheirNames) {
  manager_stand_in listens(notify_path());
  environment = {{"NOTIFY_SOCKET", notify_path()}, {"FDSTORE", "12"}};
  const service_manager told(get);
  EXPECT_EQ(told.room(), 12U);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const descriptor first(ends[0]);
  descriptor second(ends[1]);
  told.keep("shoal 3 [__1]_80", first.get());
  EXPECT_EQ(listens.heard(), "FDSTORE=1\nFDPOLL=0\nFDNAME=shoal 3 [__1]_80");
  ASSERT_TRUE(listens.given.open());
  ASSERT_EQ(::write(second.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(listens.given.get(), &byte, 1), 1) << "it is the same pipe";
}

TEST(ServiceManager, HasClosedWhatItWasToForget) {
  manager_stand_in listens(notify_path());
  environment = {{"NOTIFY_SOCKET", notify_path()}};
  const service_manager told(get);
  std::thread forgets([&] { told.forget(std::vector<std::string>{"a", "b"}); });
  EXPECT_EQ(listens.heard(), "FDSTOREREMOVE=1\nFDNAME=a");
  EXPECT_EQ(listens.heard(), "FDSTOREREMOVE=1\nFDNAME=b");
  EXPECT_EQ(listens.heard(), "BARRIER=1");
  ASSERT_TRUE(listens.given.open());
  pollfd left{listens.given.get(), POLLERR, 0};
  EXPECT_EQ(::poll(&left, 1, 0), 0) << "it is waited for";
  listens.given.reset();
  forgets.join();
  told.forget({});
  told.stopping();
  EXPECT_EQ(listens.heard(), "STOPPING=1") << "nothing to forget, nothing to say";
}

TEST(ServiceManager, KeepsAsMuchAsItSays) {
  const auto room = [](std::map<std::string, std::string> values) {
    environment = std::move(values);
    environment["NOTIFY_SOCKET"] = notify_path();
    return service_manager(get).room();
  };
  EXPECT_EQ(room({}), 0U);
  EXPECT_EQ(room({{"FDSTORE", "much"}}), 0U);
  EXPECT_EQ(room({{"FDSTORE", "99999999"}}), 4096U);
  environment = {{"FDSTORE", "5"}};
  EXPECT_EQ(service_manager(get).room(), 0U) << "there is no manager";
}

TEST(ServiceManager, FollowsAClusterFromItsStartToItsEnd) {
  const auto path = notify_path();
  manager_stand_in listens(path);
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
