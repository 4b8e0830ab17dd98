// The program of the README.
//
//   build/release/examples/hello --listen 127.0.0.1:8080
#include <shoal/shoal.h>

shoal::task<std::string> later(std::uint64_t ms) {
  co_await shoal::sleep(std::chrono::milliseconds(ms));
  co_return "slept\n";
}

int main(int argc, char** argv) {
  shoal::app app;
  app.get<"/">([] { return "Hello, world!\n"; });
  app.get<"/users/{id}">(
      [](std::uint64_t id) { return shoal::response::json(shoal::object("id", id)); });
  app.get<"/sleep/{ms}">(later);
  return app.run(argc, argv);  // supervisor, node processes, pinned workers, --help
}
