// What `shoal top` shows: from reports and the user's wishes to lines, from lines to a painted
// screen. No input or output.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "status_report.h"

namespace shoal::tool {

enum class sort_key { worker, busy, rate, open, work, lag, memory };
inline constexpr int sort_keys = 7;

/// What the user has chosen with keys.
struct top_view {
  sort_key key = sort_key::worker;
  bool reversed = false;       ///< else workers by number, figures from the largest down
  std::size_t first_line = 0;  ///< lines scrolled away
};

enum class line_kind { plain, title, heading, alarm };

struct screen_line {
  line_kind kind = line_kind::plain;
  std::string text;
};

struct screen_size {
  std::size_t lines = 24;
  std::size_t columns = 80;
};

/// A title, a sum, and a line for each worker, of each server; one line if there is none.
[[nodiscard]] std::vector<screen_line> compose(const std::vector<server_report>& servers,
                                               const top_view& view);

/// The same as text, a newline behind each.
[[nodiscard]] std::string to_plain(const std::vector<screen_line>& lines);

/// A whole frame for a terminal, which paints over the one before: no flicker. The last line is the
/// help. Scrolls no further than the lines go and says so in `view`.
[[nodiscard]] std::string paint(const std::vector<screen_line>& lines, top_view& view,
                                screen_size size);

/// What keys mean; unknown ones nothing. False: the user wants to leave.
[[nodiscard]] bool heed_keys(std::string_view keys, top_view& view, screen_size size) noexcept;

/// At most `columns` characters of UTF-8 text.
[[nodiscard]] std::string_view cut_to_width(std::string_view text, std::size_t columns) noexcept;

}  // namespace shoal::tool
