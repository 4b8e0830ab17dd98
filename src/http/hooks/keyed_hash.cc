#include "http/hooks/keyed_hash.h"

#include <bit>

#include "http/word.h"

namespace shoal::http {
namespace {

struct lanes {
  std::uint64_t a, b, c, d;

  void mix() noexcept {
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32);
    c += b;
    a += d;
    b = std::rotl(b, 17) ^ c;
    d = std::rotl(d, 21) ^ a;
    c = std::rotl(c, 32);
  }

  void take(std::uint64_t word) noexcept {
    d ^= word;
    mix();
    a ^= word;
  }
};

}  // namespace

std::uint64_t keyed_hash(const hash_key& key, std::string_view bytes) noexcept {
  lanes state{key.first ^ 0x736f6d6570736575U, key.second ^ 0x646f72616e646f6dU,
              key.first ^ 0x6c7967656e657261U, key.second ^ 0x7465646279746573U};
  std::string_view rest = bytes;
  for (; rest.size() >= 8; rest.remove_prefix(8)) state.take(load_word(rest.data()));
  state.take(load_partial_word(rest.data(), rest.size()) | std::uint64_t{bytes.size()} << 56);
  state.c ^= 0xff;
  for (int round = 0; round < 3; ++round) state.mix();
  return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace shoal::http
