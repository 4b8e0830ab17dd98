#include "shoal/testing/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <stdexcept>

#include "shoal/shoal.h"

namespace shoal::test {
namespace {

using ::testing::HasSubstr;

TEST(Server, RunsTheAppInACluster) {
  const std::string captured = "hello from " + std::to_string(::getpid());
  app app;
  app.get<"/">([captured] { return captured; });
  app.get<"/pid">([] { return std::to_string(::getpid()); });
  app.post<"/">([] { return status::created; });
  server server(app, {"--workers", "1"});
  EXPECT_NE(server.port(), 0);
  EXPECT_EQ(server.get("/").body, captured);
  EXPECT_EQ(server.get("/").status, 200);
  EXPECT_EQ(server.request("HEAD", "/").body, "");
  EXPECT_EQ(server.request("POST", "/").status, 201);
  const auto child = server.get("/pid").body;
  EXPECT_NE(child, std::to_string(server.pid()));
  EXPECT_NE(child, std::to_string(::getpid()));
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(server.stop(), 0);
  EXPECT_THROW(server.get("/"), std::runtime_error);
}

TEST(Server, ItsLogCanBeWaitedFor) {
  app app;
  app.get<"/throw">([]() -> std::string { throw std::runtime_error("no such luck"); });
  server server(app, {"--workers", "1"});
  EXPECT_EQ(server.get("/throw").status, 500);
  EXPECT_THAT(server.wait_for("no such luck"), HasSubstr("/throw"));
  server.signal(SIGINT);
  EXPECT_NE(server.wait_for("SIGINT: draining"), "");
}

TEST(Server, AnAppThatDoesNotStartSaysWhy) {
  app app;
  try {
    const server server(app, {"--wokers", "1"});
    FAIL() << "it started";
  } catch (const std::runtime_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("did you mean --workers?"));
  }
}

TEST(Server, TwoRunBesideEachOther) {
  app app;
  app.get<"/">([] { return "hello"; });
  server one(app, {"--workers", "1"});
  server other(app, {"--workers", "1"});
  EXPECT_NE(one.port(), other.port());
  EXPECT_EQ(one.stop(), 0);
  EXPECT_EQ(other.get("/").body, "hello");
}

}  // namespace
}  // namespace shoal::test
