// What the two hosts of a run say to each other (docs/bench.md, "Two machines"): the generator's
// asks, the server's answers, one line of JSON each. A request is {"do":"start",...}; an answer has
// what was asked for, or {"error":TEXT,"code":ERRNO}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/measured_process.h"
#include "bench/server_host.h"

namespace shoal::bench {

inline constexpr unsigned agent_protocol = 1;

struct agent_request {
  enum class what : std::uint8_t {
    hello,     ///< the first of a connection: `protocol`, `token`
    describe,  ///< `contenders`
    start,     ///< `contenders`, one; `body_bytes`
    look,
    stop,
  };
  what act = what::hello;
  unsigned protocol = agent_protocol;
  std::string token;
  std::vector<std::string> contenders;
  unsigned body_bytes = 0;
};

/// The answer to hello.
struct agent_welcome {
  std::vector<std::string> peers;      ///< other programs that it can start
  std::vector<std::string> installed;  ///< those of them that are known to everybody
  unsigned server_cores = 1;           ///< that a cluster has
};

[[nodiscard]] std::string to_line(const agent_request& request);
[[nodiscard]] result<agent_request> request_in(std::string_view line);

[[nodiscard]] std::string to_line(const error& refused);
[[nodiscard]] std::string to_line(const agent_welcome& welcome);
[[nodiscard]] std::string to_line(const host_facts& facts);
[[nodiscard]] std::string to_line(const look& seen);
[[nodiscard]] std::string started_line(std::uint16_t port);
[[nodiscard]] std::string stopped_line();

// Errors: what the other side could not do, as it said it, but ECONNABORTED for EINTR, which would
// be an interruption here; EBADMSG where it is no such answer.
[[nodiscard]] result<agent_welcome> welcome_in(std::string_view line);
[[nodiscard]] result<host_facts> facts_in(std::string_view line);
[[nodiscard]] result<look> look_in(std::string_view line);
[[nodiscard]] result<std::uint16_t> started_in(std::string_view line);
[[nodiscard]] result<void> stopped_in(std::string_view line);

}  // namespace shoal::bench
