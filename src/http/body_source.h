#pragma once

#include <cstdint>
#include <string_view>

#include "http/body_clock.h"
#include "http/chunked.h"
#include "http/parser.h"

namespace shoal::http {

/// Finds a request's body in what follows its head, whichever way it is framed.
class body_source final {
 public:
  body_source(const head& request, const chunked_limits& limits, const body_clock& times) noexcept
      : clock(times),
        chunked_(request.body == framing::chunked),
        remaining_(request.content_length),
        decoder_(limits) {}

  body_clock clock;
  std::uint64_t discarded = 0;  ///< bytes that nobody read

  /// Takes the next piece from the front of `input`, which shrinks. See chunked_decoder.
  [[nodiscard]] chunked_decoder::step next(std::string_view& input) noexcept {
    const auto step = chunked_ ? decoder_.next(input) : next_of_length(input);
    input.remove_prefix(step.consumed);
    return step;
  }

  /// At least this much is still to come; exact for Content-Length.
  [[nodiscard]] std::uint64_t known_remaining() const noexcept { return chunked_ ? 0 : remaining_; }

 private:
  using status = chunked_decoder::status;

  chunked_decoder::step next_of_length(std::string_view input) noexcept {
    if (remaining_ == 0) return {status::done, 0, {}};
    if (input.empty()) return {status::need_more, 0, {}};
    const auto data = input.substr(0, remaining_);
    remaining_ -= data.size();
    return {status::data, data.size(), data};
  }

  bool chunked_;
  std::uint64_t remaining_;
  chunked_decoder decoder_;
};

}  // namespace shoal::http
