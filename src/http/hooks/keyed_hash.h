// A hash whose collisions cannot be prepared by whoever does not know its key: SipHash-1-3
// (Aumasson and Bernstein; the rounds that Rust and Python use for their tables).
#pragma once

#include <cstdint>
#include <string_view>

namespace shoal::http {

struct hash_key {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

/// The same in every process that has the key.
[[nodiscard]] std::uint64_t keyed_hash(const hash_key& key, std::string_view bytes) noexcept;

}  // namespace shoal::http
