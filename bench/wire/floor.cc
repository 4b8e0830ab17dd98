#include "floor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <bit>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace shoal::wire {
namespace {

// Bytes looked at in one step: 48, so that their marks and those of the three bytes before them fit
// into 64 bits.
constexpr std::size_t step = 48;
constexpr std::size_t lane = 16;

struct marks {
  std::uint64_t carriage_returns;
  std::uint64_t line_feeds;
};

#if defined(__SSE2__)
#include <emmintrin.h>

std::uint64_t mark_lane(const char* from, char wanted) noexcept {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return static_cast<std::uint32_t>(
      _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted))));
}
#else
std::uint64_t mark_lane(const char* from, char wanted) noexcept {
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < lane; ++i) found |= std::uint64_t{from[i] == wanted} << i;
  return found;
}
#endif

marks mark_step(const char* from) noexcept {
  marks found{0, 0};
  for (std::size_t at = 0; at < step; at += lane) {
    found.carriage_returns |= mark_lane(from + at, '\r') << at;
    found.line_feeds |= mark_lane(from + at, '\n') << at;
  }
  return found;
}

// Bit i + 3 is byte i; bits 0 to 2 are the three bytes before.
unsigned count_step(marks found, std::size_t length, blank_line_tail& tail) noexcept {
  const std::uint64_t cr = found.carriage_returns << 3 | tail.carriage_returns;
  const std::uint64_t lf = found.line_feeds << 3 | tail.line_feeds;
  tail.carriage_returns = static_cast<std::uint8_t>(cr >> length & 7);
  tail.line_feeds = static_cast<std::uint8_t>(lf >> length & 7);
  return static_cast<unsigned>(std::popcount(lf & cr << 1 & lf << 2 & cr << 3));
}

const char* program_name = "floor";

}  // namespace

std::string many_answers() {
  std::string all;
  for (std::size_t i = 0; i < most_answers; ++i) all += answer;
  return all;
}

unsigned count_blank_lines(std::span<const char> bytes, blank_line_tail& tail) noexcept {
  unsigned count = 0;
  std::size_t at = 0;
  for (; at + step <= bytes.size(); at += step) {
    count += count_step(mark_step(bytes.data() + at), step, tail);
  }
  const std::size_t rest = bytes.size() - at;
  if (rest == 0) return count;
  char padded[step] = {};
  std::memcpy(padded, bytes.data() + at, rest);
  return count + count_step(mark_step(padded), rest, tail);
}

void give_up(const char* what, int code) {
  std::fprintf(stderr, "%s: %s: %s\n", program_name, what, std::strerror(code));
  std::exit(1);
}

int listen_or_exit(int argc, char** argv) {
  program_name = argv[0];
  std::uint16_t port = 0;
  const char* text = argc == 2 ? argv[1] : "";
  const auto parsed = std::from_chars(text, text + std::strlen(text), port);
  if (parsed.ec != std::errc{} || *parsed.ptr != '\0' || port == 0) {
    std::fprintf(stderr, "usage: %s PORT\nListens on 127.0.0.1:PORT until it is killed.\n",
                 argv[0]);
    std::exit(2);
  }
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) give_up("socket", errno);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    give_up("bind 127.0.0.1 (is another server on this port?)", errno);
  }
  if (::listen(listener, 4096) != 0) give_up("listen", errno);
  return listener;
}

std::size_t descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace shoal::wire
