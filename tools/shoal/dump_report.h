// What `shoal dump` says: of a server, its threads and what its supervisor answers, one JSON
// object.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "status_report.h"

namespace shoal::tool {

/// What somebody was asked for.
struct dump_part {
  std::string json;     ///< a value, or one on each line
  std::string failure;  ///< why there is none
};

/// As the kernel sees it; what it does not show to us is empty.
struct thread_report {
  std::uint64_t pid = 0;
  std::uint64_t tid = 0;
  std::string name;
  std::string state;     ///< "S (sleeping)"
  std::string waits_in;  ///< the kernel's function, or "0"
  std::string syscall;   ///< number, arguments, stack pointer and place
  std::string stack;     ///< in the kernel, a line each
};

struct dump_facts {
  server_report server;
  std::vector<thread_report> threads;
  dump_part supervisor;
  dump_part listeners;
  dump_part events;  ///< a line each
};

/// Of these processes. Those that end meanwhile are left out.
[[nodiscard]] std::vector<thread_report> look_at_threads(
    const std::vector<std::uint64_t>& processes, const std::string& proc = "/proc");

/// On one line, without a newline.
[[nodiscard]] std::string to_json(const dump_facts& all);

}  // namespace shoal::tool
