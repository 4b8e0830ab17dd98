// What shared state costs a handler: a counter, and a map whose keys are session ids of 16 digits
// and whose values have 32 bytes. Alone, and while another process does the same to the same
// counter or entry, or to the same map.
#include <benchmark/benchmark.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "base/check.h"
#include "shoal/cluster/shared_counter.h"
#include "shoal/cluster/shared_map.h"

namespace {

using namespace shoal;

using session = std::array<std::uint64_t, 4>;
using sessions = shared_map<std::string, session>;

constexpr std::size_t entries = 10'000;

/// Another process that does `work` again and again, if there is to be one.
class rival final {
 public:
  template <typename Work>
  rival(bool there, Work work) {
    if (!there) return;
    const int here = ::sched_getcpu();
    pid_ = ::fork();
    SHOAL_CHECK(pid_ >= 0);
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    leave(here);
    for (std::size_t i = entries / 2;; ++i) work(i);
  }
  ~rival() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  rival(const rival&) = delete;
  rival& operator=(const rival&) = delete;

 private:
  /// tools/bench micro has put both on one core.
  static void leave(int core) {
    cpu_set_t others;
    CPU_ZERO(&others);
    for (int c = 0; c < ::get_nprocs_conf(); ++c)
      if (c != core) CPU_SET(static_cast<unsigned>(c), &others);
    ::sched_setaffinity(0, sizeof others, &others);
  }

  pid_t pid_ = -1;
};

void add(benchmark::State& state) {
  shared_counter n;
  const rival other(state.range(0) != 0, [&](std::size_t) { n.add(); });
  for (auto _ : state) benchmark::DoNotOptimize(n.add());
}

/// A full map, and its keys; `distinct` of them are used.
struct filled {
  explicit filled(std::size_t distinct) : use(distinct) {
    for (std::size_t i = 0; i < entries; ++i) {
      ids.push_back("0123456789ab" + std::to_string(1000 + i % 9000));
      ids.back().resize(16, static_cast<char>('a' + i / 9000));
      map.insert_or_assign(ids.back(), {i});
    }
  }
  const std::string& id(std::size_t i) const { return ids[i * 7 % use]; }

  std::size_t use;
  sessions map{{.capacity = entries, .key_bytes = 16}};
  std::vector<std::string> ids;
};

void update_one(filled& f, std::size_t i) {
  f.map.update(f.id(i), [](std::optional<session>& s) {
    if (!s) s.emplace();
    ++s->front();
  });
}

void find(benchmark::State& state) {
  filled f(static_cast<std::size_t>(state.range(0)));
  const rival other(state.range(1) != 0, [&](std::size_t i) { update_one(f, i); });
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(f.map.find(f.id(i++)));
}

void update(benchmark::State& state) {
  filled f(static_cast<std::size_t>(state.range(0)));
  const rival other(state.range(1) != 0, [&](std::size_t i) { update_one(f, i); });
  std::size_t i = 0;
  for (auto _ : state) update_one(f, i++);
}

BENCHMARK(add)->ArgName("rival")->Arg(0)->Arg(1);
BENCHMARK(find)->ArgNames({"keys", "rival"})->ArgsProduct({{1, entries}, {0, 1}});
BENCHMARK(update)->ArgNames({"keys", "rival"})->ArgsProduct({{1, entries}, {0, 1}});

}  // namespace

BENCHMARK_MAIN();
