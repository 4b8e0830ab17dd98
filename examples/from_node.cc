// The program of docs/from-node-cluster.md: what node:cluster's users write first.
#include <shoal/shoal.h>
#include <unistd.h>

#include <string>

struct counts {
  unsigned served = 0;
  unsigned heard = 0;
};

struct greeting {
  static constexpr shoal::message_tag tag{"greeting", 1};
  unsigned from;
};

int main(int argc, char** argv) {
  shoal::app app;
  app.state<counts>();  // one for each worker, so no lock
  app.on_message<greeting>(
      [](shoal::worker& self, const greeting&, shoal::sender) { ++self.state<counts>().heard; });
  app.get<"/">([](shoal::context& c) {
    auto& self = c.worker();
    auto& mine = self.state<counts>();
    return "worker " + std::to_string(self.id()) + ", process " + std::to_string(::getpid()) +
           ": served " + std::to_string(++mine.served) + ", heard " + std::to_string(mine.heard) +
           "\n";
  });
  app.get<"/tell">([](shoal::context& c) {
    const unsigned missed = c.worker().broadcast(greeting{c.worker().id()});
    return missed == 0 ? "told\n" : "some are busy\n";
  });
  return app.run(argc, argv);
}
