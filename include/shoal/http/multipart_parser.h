#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/http/status.h"

namespace shoal {

/// What of a multipart body is accepted. Every limit is finite; beyond one: 413.
struct multipart_limits {
  std::size_t parts = 256;
  std::size_t head_bytes = 8 * 1024;                ///< of the fields before one part's bytes
  std::uint64_t part_bytes = 64ULL * 1024 * 1024;   ///< of one part
  std::uint64_t total_bytes = 64ULL * 1024 * 1024;  ///< of the whole body
};

/// What stands before a part's bytes. All of it is the client's word, the file name above all:
/// never a path to write to.
struct part_head {
  std::string name;                      ///< of the form's field
  std::optional<std::string> file_name;  ///< as sent; set for a file, perhaps to ""
  std::string content_type = "text/plain";
};

/// multipart/form-data (RFC 7578, RFC 2046 5.1) in whatever pieces it comes. What comes out depends
/// on the bytes alone; how they were cut shows in the sizes of the data pieces and nowhere else.
///
///   for (auto e = parser.next(piece); e != event::need_more; e = parser.next(piece)) ...
///
/// Strict: nothing but one empty line before the first boundary, and nothing after the last; a line
/// that begins with the boundary is one; each part has one Content-Disposition, of form-data, with
/// a name. `filename*` and encodings are refused (RFC 7578 4.2 and 4.7), other fields ignored.
///
/// Errors    event::invalid, for ever; problem() and problem_status() say why
/// Memory    one part's head and a boundary, whatever comes
class multipart_parser final {
 public:
  enum class event : std::uint8_t {
    need_more,   ///< `input` is used up
    part_begin,  ///< part() is there
    data,        ///< data() is there: some bytes of the part, never none
    part_end,    ///< part() still is
    invalid,
  };

  /// `boundary` without the hyphens before it: 1 to 70 characters.
  explicit multipart_parser(std::string_view boundary, const multipart_limits& limits = {});

  /// Takes what it needs off the front of `input`.
  [[nodiscard]] event next(std::string_view& input);

  /// The last boundary has been read. If not when the body is over, the body is cut off.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

  /// Until the next part begins.
  [[nodiscard]] const part_head& part() const noexcept { return part_; }

  /// A view into the input or the parser, until the next call of next().
  [[nodiscard]] std::string_view data() const noexcept { return data_; }

  [[nodiscard]] status problem_status() const noexcept { return problem_status_; }
  [[nodiscard]] std::string_view problem() const noexcept { return problem_; }

 private:
  enum class state : std::uint8_t {
    opening,         // before the first boundary, perhaps within it
    after_boundary,  // "--" or the line's end
    second_hyphen,
    line_end,  // blanks, then CR
    line_feed,
    head,
    content,
    closing_line,
    closing_line_feed,
    over,
    broken,
  };

  event step(std::string_view& input);
  event opening(std::string_view& input);
  event after_boundary(char c);
  event begin_part(char c);
  event head(std::string_view& input);
  event content(std::string_view& input);
  event after_last(char c);
  event give(std::string_view bytes);
  event fail(status code, std::string_view problem);
  void consume(std::string_view& input, std::size_t bytes) noexcept;

  multipart_limits limits_;
  std::string delimiter_;  // CRLF, two hyphens, the boundary
  std::string head_;
  part_head part_;
  std::string_view data_;
  std::string_view problem_;  // a literal
  std::uint64_t total_ = 0;
  std::uint64_t part_bytes_ = 0;
  std::size_t parts_ = 0;
  std::size_t matched_;      // so much of the delimiter stands at the end of what has been read
  std::size_t skipped_ = 0;  // of these, what belonged to the part's head
  status problem_status_ = status::bad_request;
  state state_ = state::opening;
  bool complete_ = false;
};

}  // namespace shoal
