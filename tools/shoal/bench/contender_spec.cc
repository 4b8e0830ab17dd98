#include "bench/contender_spec.h"

#include <algorithm>
#include <span>

#include "io/uring_features.h"
#include "topology/text.h"

namespace shoal::bench {
namespace {

constexpr unsigned most_percent = 1000;

using feature_names = std::span<const io::uring_feature_name>;

bool is_among(feature_names all, std::string_view word) noexcept {
  return std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.name == word; });
}

bool is_mechanism(std::string_view word) noexcept {
  constexpr std::string_view all[] = {"ebpf", "cbpf", "handoff", "reuseport", "shared"};
  return std::find(std::begin(all), std::end(all), word) != std::end(all);
}

std::string list_of(feature_names names) {
  std::string all;
  for (const auto& each : names) all.append(all.empty() ? "" : ", ").append(each.name);
  return all;
}

}  // namespace

result<contender_spec> parse_contender(std::string_view text) {
  const auto refuse = [whole = text](const std::string& why) {
    return error{0, '"' + std::string(whole) + "\": " + why};
  };
  contender_spec out;
  out.program = topology::take_word(text);
  if (out.program.empty()) return refuse("a name is missing");
  if (out.program == "dispatch") {
    out.dispatch = topology::take_word(text);
    if (!is_mechanism(out.dispatch)) {
      return refuse("dispatch takes ebpf, cbpf, handoff, reuseport or shared");
    }
  }
  for (auto word = topology::take_word(text); !word.empty(); word = topology::take_word(text)) {
    const auto value = topology::take_word(text);
    if (word == "without" && out.program == "uring") {
      if (!is_among(io::uring_feature_names, value)) {
        return refuse("uring can go without " + list_of(io::uring_feature_names));
      }
      out.without.emplace_back(value);
    } else if (word == "with" && out.program == "uring") {
      if (!is_among(io::uring_extra_names, value)) {
        return refuse("uring can go with " + list_of(io::uring_extra_names));
      }
      out.with.emplace_back(value);
    } else if (word == "slower" && out.ours()) {
      const auto percent = topology::parse_number<unsigned>(value);
      if (!percent || *percent > most_percent) return refuse("slower takes a number of percent");
      out.slower_percent = *percent;
    } else {
      return refuse("\"" + std::string(word) + "\" means nothing here");
    }
  }
  return out;
}

}  // namespace shoal::bench
