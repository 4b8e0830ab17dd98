// A user's test of a user's app: from memory with a virtual clock, and as a real cluster. ./run
// builds it against what is installed, so it has no test library.
#include <shoal/shoal.h>
#include <shoal/testing/client.h>
#include <shoal/testing/server.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ++failures;
}

void add_routes(shoal::app& app) {
  app.get<"/">([] { return "Hello, world!\n"; });
  app.get<"/later">([](shoal::context&) -> shoal::task<std::string> {
    co_await shoal::sleep(std::chrono::hours(1));
    co_return "an hour later";
  });
}

}  // namespace

int main() {
  shoal::app app;
  add_routes(app);
  {
    shoal::test::client client(app);
    expect(client.get("/").body == "Hello, world!\n", "an app answers from memory");
    expect(client.get("/none").status == 404, "what is not there is 404");
    expect(client.get("/later").body == "an hour later", "an hour is virtual");
  }
  shoal::test::server server(app, {"--workers", "1"});
  expect(server.get("/").body == "Hello, world!\n", "an app answers as a cluster");
  expect(server.stop() == 0, "the cluster ends well");
  return failures == 0 ? 0 : 1;
}
