// Takes the chunked coding (RFC 9112, 7.1) off a body that comes in pieces.
#pragma once

#include <cstdint>
#include <string_view>

namespace shoal::load {

class chunk_reader final {
 public:
  /// Extensions and trailers of one body, together.
  static constexpr std::uint32_t most_overhead = 16 * 1024;

  /// Takes from the front of `piece` up to the next run of data in it, which it returns. Empty:
  /// `piece` is used up, or the body has ended, or it is not chunked as it should be.
  [[nodiscard]] std::string_view next(std::string_view& piece) noexcept;

  [[nodiscard]] bool ended() const noexcept { return at_ == place::end; }
  [[nodiscard]] bool wrong() const noexcept { return at_ == place::wrong; }
  void clear() noexcept { *this = chunk_reader(); }

 private:
  enum class place : std::uint8_t {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,  // at the beginning of a line
    trailer_line,
    trailer_lf,
    last_lf,
    end,
    wrong
  };
  [[nodiscard]] place step(char c) noexcept;
  [[nodiscard]] place step_size(char c) noexcept;
  [[nodiscard]] place overhead(place next) noexcept;

  place at_ = place::size;
  std::uint8_t digits_ = 0;
  std::uint32_t overhead_ = 0;
  std::uint64_t left_ = 0;  // of the chunk
};

}  // namespace shoal::load
