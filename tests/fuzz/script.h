// The bytes of a fuzz input as clients and what they do. All is what a client sends, but for bytes
// above 0xf7, which no HTTP message that is accepted needs:
//
//   f8     a cut: what follows comes as a segment of its own
//   f9 n   a cut, and n milliseconds pass
//   fa     FIN: it sends no more
//   fb     RST
//   fc     it stops reading
//   fd     it reads on
//   fe     the next client begins
//   ff b   the byte b, whatever it is
//
// So a seed is a request that a person can read, and the fuzzer steers by inserting a byte.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::fuzz {

struct act {
  enum class kind : unsigned char { send, wait, finish, reset, stop_reading, read_on };
  kind what = kind::send;
  std::string bytes;                  ///< of send
  std::chrono::milliseconds time{0};  ///< of wait
};

struct client_script {
  std::vector<act> acts;

  /// What it sends before its FIN or RST, without cuts.
  [[nodiscard]] std::string content() const {
    std::string all;
    for (const auto& a : acts) {
      if (a.what == act::kind::finish || a.what == act::kind::reset) break;
      all += a.bytes;
    }
    return all;
  }
  [[nodiscard]] bool does(act::kind what) const {
    for (const auto& a : acts)
      if (a.what == what) return true;
    return false;
  }
};

/// At most `most` clients; what would be more is left out.
inline std::vector<client_script> read_script(std::string_view input, std::size_t most) {
  std::vector<client_script> clients(1);
  std::string segment;
  const auto cut = [&] {
    if (!segment.empty()) clients.back().acts.push_back({.bytes = std::move(segment)});
    segment.clear();
  };
  for (std::size_t at = 0; at < input.size(); ++at) {
    const auto byte = static_cast<unsigned char>(input[at]);
    if (byte < 0xf8) {
      segment += input[at];
      continue;
    }
    const bool has_operand = byte == 0xf9 || byte == 0xff;
    if (has_operand && ++at == input.size()) break;
    if (byte == 0xff) {
      segment += input[at];
      continue;
    }
    cut();
    auto& acts = clients.back().acts;
    if (byte == 0xf9) {
      const std::chrono::milliseconds time(static_cast<unsigned char>(input[at]));
      acts.push_back({.what = act::kind::wait, .bytes = {}, .time = time});
    }
    if (byte == 0xfa) acts.push_back({.what = act::kind::finish});
    if (byte == 0xfb) acts.push_back({.what = act::kind::reset});
    if (byte == 0xfc) acts.push_back({.what = act::kind::stop_reading});
    if (byte == 0xfd) acts.push_back({.what = act::kind::read_on});
    if (byte != 0xfe) continue;
    if (clients.size() == most) return clients;
    clients.emplace_back();
  }
  cut();
  return clients;
}

}  // namespace shoal::fuzz
