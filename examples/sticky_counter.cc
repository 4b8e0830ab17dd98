// Visits of each client, counted in the two ways there are:
//
//   /sticky   in a map of the worker. No cost and no lock, but it is right only if all requests of
//             a client come to one worker, and it begins anew when that worker's process ends:
//             sticky_counter --policy sticky --sticky cookie:visitor
//   /shared   in a map that all workers of all processes share: any worker, and it outlives them
#include <shoal/shoal.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <string>
#include <unordered_map>

namespace {

constexpr std::size_t id_digits = 16;
constexpr std::size_t most_visitors = 10'000;

struct own_visits {
  std::unordered_map<std::string, unsigned> by_visitor;
};

std::string draw_id() {
  std::random_device random;
  std::string id;
  while (id.size() < id_digits) id.push_back("0123456789abcdef"[random() % 16]);
  return id;
}

/// What the client's cookie says if it is one of ours, else a new one.
std::string visitor(shoal::context& c) {
  const auto sent = c.cookie("visitor").value_or("");
  const bool ours =
      sent.size() == id_digits && sent.find_first_not_of("0123456789abcdef") == sent.npos;
  return ours ? std::string(sent) : draw_id();
}

shoal::response tell(shoal::context& c, const std::string& id, unsigned visits) {
  auto said = shoal::response::text("visit " + std::to_string(visits) + ", worker " +
                                    std::to_string(c.worker().id()) + ", process " +
                                    std::to_string(::getpid()) + "\n");
  said.set_header("Set-Cookie",
                  shoal::set_cookie({.name = "visitor", .value = id, .secure = false}));
  return said;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  shoal::shared_map<std::string, unsigned> visits(
      {.capacity = most_visitors, .key_bytes = id_digits, .ttl = 30min});
  shoal::shared_counter all_visits;

  shoal::app app;
  app.state<own_visits>();
  app.get<"/sticky">([](shoal::context& c) {
    auto& mine = c.state<own_visits>().by_visitor;
    if (mine.size() == most_visitors) mine.clear();  // nobody makes this grow without end
    const auto id = visitor(c);
    return tell(c, id, ++mine[id]);
  });
  app.get<"/shared">([&](shoal::context& c) {
    const auto id = visitor(c);
    const auto now = visits.update(id, [](auto& n) { n = n.value_or(0) + 1; });
    all_visits.add();
    return tell(c, id, *now);
  });
  app.get<"/all">([&] { return std::to_string(all_visits.value()) + "\n"; });
  return app.run(argc, argv);
}
