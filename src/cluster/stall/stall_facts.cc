#include "cluster/stall/stall_facts.h"

#include <time.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace shoal::cluster {
namespace {

std::string read_file(pid_t thread, const char* name) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The field behind the name, which may itself hold spaces and parentheses.
char state_in(const std::string& stat) {
  const auto name_end = stat.rfind(')');
  return name_end != std::string::npos && name_end + 2 < stat.size() ? stat[name_end + 2] : '?';
}

/// The thread's own clock: exact, where the figure in /proc/.../schedstat is as old as the last
/// timer interrupt. The number is how the kernel names the clock of a thread
/// (clock_getcpuclockid(3) takes processes alone, pthread_getcpuclockid(3) a pthread_t that the
/// caller may not have).
std::optional<nanoseconds> cpu_time(pid_t thread) {
  constexpr unsigned of_one_thread = 4;
  constexpr unsigned time_it_ran = 2;
  const auto clock =
      static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3) | of_one_thread | time_it_ran);
  timespec ran{};
  if (::clock_gettime(clock, &ran) != 0) return std::nullopt;
  return std::chrono::seconds(ran.tv_sec) + nanoseconds(ran.tv_nsec);
}

nanoseconds run_delay(pid_t thread) {
  std::istringstream line(read_file(thread, "schedstat"));
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  line >> ran >> waited;
  return nanoseconds(waited);
}

/// "running", "-1 sp pc", or "number, six arguments, sp, pc"; all but the number in hexadecimal.
void read_call(pid_t thread, thread_facts& facts) {
  std::istringstream line(read_file(thread, "syscall"));
  if (!(line >> facts.call)) {
    facts.call = -1;
    return;
  }
  line >> std::hex;
  if (facts.call < 0) {
    line >> facts.stack_pointer;
    return;
  }
  std::uint64_t unused = 0;
  for (auto& argument : facts.arguments) line >> argument;
  line >> unused >> unused >> facts.stack_pointer;
}

}  // namespace

std::optional<thread_facts> look_at_thread(pid_t thread) {
  const auto cpu = cpu_time(thread);
  if (!cpu) return std::nullopt;
  thread_facts facts{.at = read_clock(), .cpu = *cpu};
  facts.state = state_in(read_file(thread, "stat"));
  facts.run_delay = run_delay(thread);
  read_call(thread, facts);
  facts.waits_in = read_file(thread, "wchan");
  if (facts.waits_in == "0") facts.waits_in.clear();
  return facts;
}

}  // namespace shoal::cluster
