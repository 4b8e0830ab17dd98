// What the two floors share: the answer, a listener, and counting requests without parsing them.
//
// A floor is the barest loop of its driver: it receives, looks for blank lines and sends that many
// copies of one answer. It is the yardstick for a server on the same driver: what is left between
// them is what the server's own code costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace shoal::wire {

/// As long, byte for byte, as the playground's answer to GET /plaintext. The date stands still.
inline constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\n"
    "Date: Tue, 24 Nov 2026 10:00:00 GMT\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 13\r\n"
    "\r\n"
    "Hello, World!";

/// No receive of `receive_bytes` holds more requests than this: "GET / HTTP/1.1" and a blank line
/// are 18 bytes.
inline constexpr std::size_t receive_bytes = 4096;
inline constexpr std::size_t most_answers = receive_bytes / 18 + 1;

/// most_answers copies of `answer`, so that any number of them leaves in one send.
[[nodiscard]] std::string many_answers();

/// What a connection remembers between receives: where CR and LF stood in its last three bytes.
struct blank_line_tail {
  std::uint8_t carriage_returns = 0;
  std::uint8_t line_feeds = 0;
};

/// How many blank lines (CR LF CR LF) end in `bytes`, which follow what `tail` has seen.
[[nodiscard]] unsigned count_blank_lines(std::span<const char> bytes,
                                         blank_line_tail& tail) noexcept;

/// Reads the port from the command line and listens on 127.0.0.1; explains and exits with 2 (usage)
/// or 1 (the system said no) otherwise. The socket is non-blocking, and what it accepts has
/// TCP_NODELAY.
[[nodiscard]] int listen_or_exit(int argc, char** argv);

/// Prints "name: what: strerror(code)" and exits with 1.
[[noreturn]] void give_up(const char* what, int code);

/// Descriptors that a floor can hold: RLIMIT_NOFILE, raised to its hard limit.
[[nodiscard]] std::size_t descriptor_limit();

}  // namespace shoal::wire
