#include "http/literal_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "http/word.h"

namespace shoal::http {
namespace {

constexpr std::size_t smallest_size = 16;

/// Multiplies to 128 bits and folds, as wyhash does: every bit of the input reaches all others.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t hash_of(std::string_view key) noexcept {
  constexpr std::uint64_t a = 0xa0761d6478bd642fU;  // wyhash's first two secrets
  constexpr std::uint64_t b = 0xe7037ed1a0b428dbU;
  std::uint64_t hash = key.size() ^ a;
  const char* at = key.data();
  std::size_t rest = key.size();
  for (; rest >= 8; rest -= 8, at += 8) hash = mix(hash ^ load_word(at), b);
  return mix(hash ^ load_partial_word(at, rest), b ^ a);
}

}  // namespace

void literal_table::place(const slot& entry, std::uint64_t hash) noexcept {
  std::size_t at = hash & (slots_.size() - 1);
  while (slots_[at].text != nullptr) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = entry;
}

void literal_table::insert(std::string_view key, std::uint32_t value) {
  if ((count_ + 1) * 2 > slots_.size()) {
    const auto old =
        std::exchange(slots_, std::vector<slot>(std::max(smallest_size, slots_.size() * 2)));
    for (const auto& entry : old)
      if (entry.text != nullptr) place(entry, hash_of({entry.text, entry.size}));
  }
  const std::uint64_t hash = hash_of(key);
  place({key.data(), static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(hash >> 32),
         value},
        hash);
  ++count_;
  longest_ = std::max(longest_, key.size());
}

std::uint32_t literal_table::find(std::string_view key) const noexcept {
  if (count_ == 0 || key.size() > longest_) return none;
  const std::uint64_t hash = hash_of(key);
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  const slot* const slots = slots_.data();
  for (std::size_t at = hash;; ++at) {
    const slot& s = slots[at & (slots_.size() - 1)];
    if (s.text == nullptr) return none;
    if (s.tag == tag && s.size == key.size() && std::memcmp(s.text, key.data(), s.size) == 0)
      return s.value;
  }
}

}  // namespace shoal::http
