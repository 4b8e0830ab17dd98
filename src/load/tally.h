// What happened to requests and connections.
#pragma once

#include <cstdint>

namespace shoal::load {

struct tally {
  // Of requests.
  std::uint64_t answers = 0;     ///< right ones
  std::uint64_t refusals = 0;    ///< 503 where that is no error; none of the answers
  std::uint64_t lost = 0;        ///< out on a connection that ended
  std::uint64_t bad_status = 0;  ///< answers
  std::uint64_t bad_framing = 0;
  std::uint64_t bad_length = 0;
  std::uint64_t bad_body = 0;
  std::uint64_t timeouts = 0;

  // Of connections.
  std::uint64_t bytes = 0;  ///< received
  std::uint64_t opened = 0;
  std::uint64_t ended =
      0;  ///< by the server: with no request out, by a reset, too, or as announced
  std::uint64_t refused = 0;
  std::uint64_t unopened = 0;  ///< failed in another way than refused
  std::uint64_t broken = 0;    ///< ended or failed with requests out

  [[nodiscard]] std::uint64_t failed_requests() const noexcept {
    return lost + bad_status + bad_framing + bad_length + bad_body + timeouts;
  }
  [[nodiscard]] std::uint64_t errors() const noexcept {
    return failed_requests() + refused + unopened + broken;
  }

  void add(const tally& other) noexcept {
    answers += other.answers;
    refusals += other.refusals;
    lost += other.lost;
    bad_status += other.bad_status;
    bad_framing += other.bad_framing;
    bad_length += other.bad_length;
    bad_body += other.bad_body;
    timeouts += other.timeouts;
    bytes += other.bytes;
    opened += other.opened;
    ended += other.ended;
    refused += other.refused;
    unopened += other.unopened;
    broken += other.broken;
  }
};

}  // namespace shoal::load
