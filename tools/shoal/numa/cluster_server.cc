#include "numa/cluster_server.h"

#include <cstdio>
#include <string_view>

#include "bench/forget_settings.h"
#include "shoal/shoal.h"
#include "topology/pin.h"

namespace shoal::numa {
namespace {

constexpr std::uint64_t most_body_bytes = 1 << 20;
constexpr std::size_t store_bytes = 32 << 20;
constexpr int cannot_run_there = 1;

/// What a worker answers from, touched by its own thread.
class store final {
 public:
  /// The next so many bytes; from the beginning again where the end is near.
  [[nodiscard]] std::string_view take(std::size_t bytes) noexcept {
    if (at_ + bytes > text_.size()) at_ = 0;
    const auto part = std::string_view(text_).substr(at_, bytes);
    at_ += bytes;
    return part;
  }

 private:
  std::string text_ = std::string(store_bytes, 'x');
  std::size_t at_ = 0;
};

response bytes(context& c, std::uint64_t count) {
  if (count > most_body_bytes) {
    throw http_error(status::bad_request, "at most " + std::to_string(most_body_bytes));
  }
  return response::borrowed_text(c.state<store>().take(count));
}

}  // namespace

int serve_cluster(const topology::cpu_list& cores, const std::vector<std::string>& flags) {
  if (!cores.empty()) {
    if (const auto kept = topology::confine_this_thread(cores); !kept) {
      std::fprintf(stderr, "shoal: %s\n", kept.error().message.c_str());
      return cannot_run_there;
    }
  }
  bench::forget_settings();
  shoal::app app;
  app.options().control = "none";
  app.options().log_level = "warning";
  app.state<store>();
  // On the loop, whatever it takes: where handlers run is not what is compared.
  constexpr route_options here{run::inlined};
  app.get<"/plaintext">([] { return response::borrowed_text("Hello, World!"); }, here);
  app.get<"/bytes/{count}">(bytes, here);
  std::vector<const char*> arguments = {"shoal numa serve"};
  for (const auto& flag : flags) arguments.push_back(flag.c_str());
  return app.run(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace shoal::numa
