// Whether a closed loop that has looked for answers sleeps a little before it looks again.
//
// A turn that brings few answers costs as much as one that brings many, and the server pays for
// waking the generator. So answers gather, as long as the server has enough to do meanwhile: then a
// short sleep takes nothing from it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace shoal::load {

/// What is out has to last the server for the sleep: so many requests are 50 us at 640,000 a
/// second, which is beyond what docs/benchmarks.md has for any server's core without pipelining.
/// With fewer it runs dry, each round trip has the sleep in it, and rate and latencies are the
/// sleep's.
inline constexpr std::uint64_t fewest_out_to_gather = 32;

/// `out`: requests that are out; `brought`: answers, by the last turn. While less than an eighth
/// of the connections had an answer, the server is behind.
[[nodiscard]] constexpr bool lets_gather(std::uint64_t out, std::uint64_t brought,
                                         std::size_t connections) noexcept {
  return out >= fewest_out_to_gather && brought * 8 < connections;
}

}  // namespace shoal::load
