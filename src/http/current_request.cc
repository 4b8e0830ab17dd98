#include "http/current_request.h"

#include <algorithm>
#include <cstring>

namespace shoal::http {

void current_request::has_id(std::string_view id, const connection* of) noexcept {
  if (of == nullptr || of != of_) return;
  std::array<std::uint64_t, std::tuple_size_v<decltype(id_)>> words{};
  std::memcpy(words.data(), id.data(), std::min(id.size(), sizeof words));
  for (std::size_t i = 0; i < words.size(); ++i) {
    id_[i].store(words[i], std::memory_order_relaxed);
  }
}

std::string current_request::id() const {
  std::array<std::uint64_t, std::tuple_size_v<decltype(id_)>> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = id_[i].load(std::memory_order_relaxed);
  }
  const auto* const text = reinterpret_cast<const char*>(words.data());
  return {text, ::strnlen(text, sizeof words)};
}

}  // namespace shoal::http
