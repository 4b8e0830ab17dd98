// The delimiter between parts is CRLF, two hyphens and the boundary, and a boundary has no CR. So
// what has matched a prefix of it and then goes on otherwise can begin anew only at that other
// byte: no table of failures, and what was held back is known from its length alone.
#include "shoal/http/multipart_parser.h"

#include <algorithm>
#include <cstring>

#include "http/chars.h"
#include "http/forms/part_fields.h"

namespace shoal {
namespace {

constexpr std::size_t line_break = 2;  // bytes of CRLF

/// Where the delimiter begins in `bytes`, or the prefix of it at their end; their size if neither.
std::size_t find_delimiter(std::string_view bytes, std::string_view delimiter) noexcept {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const void* cr = std::memchr(bytes.data() + at, '\r', bytes.size() - at);
    if (cr == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const char*>(cr) - bytes.data());
    const auto rest = bytes.substr(at, delimiter.size());
    if (delimiter.substr(0, rest.size()) == rest) return at;
  }
  return bytes.size();
}

}  // namespace

// The line break before the first boundary is not there, as a rule: it counts as read.
multipart_parser::multipart_parser(std::string_view boundary, const multipart_limits& limits)
    : limits_(limits), delimiter_("\r\n--"), matched_(line_break) {
  delimiter_.append(boundary);
}

multipart_parser::event multipart_parser::next(std::string_view& input) {
  while (state_ != state::broken && !input.empty()) {
    const event what = step(input);
    if (total_ > limits_.total_bytes)
      return fail(status::content_too_large, "the body is too long");
    if (what != event::need_more) return what;
  }
  return state_ == state::broken ? event::invalid : event::need_more;
}

multipart_parser::event multipart_parser::step(std::string_view& input) {
  switch (state_) {
    case state::opening:
      return opening(input);
    case state::head:
      return head(input);
    case state::content:
      return content(input);
    default:
      break;
  }
  const char c = input.front();
  consume(input, 1);
  switch (state_) {
    case state::after_boundary:
    case state::second_hyphen:
    case state::line_end:
      return after_boundary(c);
    case state::line_feed:
      return begin_part(c);
    default:
      return after_last(c);
  }
}

multipart_parser::event multipart_parser::opening(std::string_view& input) {
  if (total_ == 0 && input.front() == '\r') matched_ = 0;
  if (input.front() != delimiter_[matched_])
    return fail(status::bad_request, "the body does not begin with its boundary");
  consume(input, 1);
  if (++matched_ == delimiter_.size()) state_ = state::after_boundary;
  return event::need_more;
}

/// What follows a boundary: two hyphens after the last one, else the end of the line. Blanks may
/// stand before it (RFC 2046 calls them transport padding).
multipart_parser::event multipart_parser::after_boundary(char c) {
  if (c == '-' && state_ == state::after_boundary) {
    state_ = state::second_hyphen;
  } else if (c == '-' && state_ == state::second_hyphen) {
    complete_ = true;
    state_ = state::closing_line;
  } else if (state_ == state::second_hyphen) {
    return fail(status::bad_request, "a boundary is followed by other text");
  } else if (c == '\r') {
    state_ = state::line_feed;
  } else if (http::is_blank(c)) {
    state_ = state::line_end;
  } else {
    return fail(status::bad_request, "a boundary is followed by other text");
  }
  return event::need_more;
}

multipart_parser::event multipart_parser::begin_part(char c) {
  if (c != '\n') return fail(status::bad_request, "a boundary is followed by other text");
  if (++parts_ > limits_.parts) return fail(status::content_too_large, "too many parts");
  head_ = "\r\n";  // so that a head without fields ends like any other
  state_ = state::head;
  return event::need_more;
}

multipart_parser::event multipart_parser::head(std::string_view& input) {
  do {
    if (head_.size() == limits_.head_bytes + line_break)
      return fail(status::content_too_large, "a part's fields are too long");
    head_.push_back(input.front());
    consume(input, 1);
    if (head_.back() == '\n' && head_.ends_with("\r\n\r\n")) {
      const auto lines = std::string_view(head_).substr(line_break, head_.size() - 2 * line_break);
      const auto problem = http::parse_part_fields(lines, part_);
      if (!problem.empty()) return fail(status::bad_request, problem);
      // A boundary may follow at once: then the empty line is its line break.
      matched_ = skipped_ = line_break;
      part_bytes_ = 0;
      state_ = state::content;
      return event::part_begin;
    }
  } while (!input.empty());
  return event::need_more;
}

multipart_parser::event multipart_parser::content(std::string_view& input) {
  if (matched_ == 0) {
    if (const auto plain = find_delimiter(input, delimiter_); plain > 0) {
      const auto bytes = input.substr(0, plain);
      consume(input, plain);
      return give(bytes);
    }
  }
  while (matched_ < delimiter_.size() && !input.empty() && input.front() == delimiter_[matched_]) {
    ++matched_;
    consume(input, 1);
  }
  if (matched_ == delimiter_.size()) {
    state_ = state::after_boundary;
    return event::part_end;
  }
  if (input.empty()) return event::need_more;
  const auto held = std::string_view(delimiter_).substr(skipped_, matched_ - skipped_);
  matched_ = skipped_ = 0;
  return held.empty() ? event::need_more : give(held);
}

/// The last boundary's line may end, and nothing comes after it.
multipart_parser::event multipart_parser::after_last(char c) {
  if (state_ == state::closing_line && http::is_blank(c)) return event::need_more;
  if (state_ == state::closing_line && c == '\r') {
    state_ = state::closing_line_feed;
    return event::need_more;
  }
  if (state_ == state::closing_line_feed && c == '\n') {
    state_ = state::over;
    return event::need_more;
  }
  return fail(status::bad_request, "something follows the last boundary");
}

multipart_parser::event multipart_parser::give(std::string_view bytes) {
  part_bytes_ += bytes.size();
  if (part_bytes_ > limits_.part_bytes)
    return fail(status::content_too_large, "a part is too long");
  data_ = bytes;
  return event::data;
}

multipart_parser::event multipart_parser::fail(status code, std::string_view problem) {
  problem_status_ = code;
  problem_ = problem;
  state_ = state::broken;
  return event::invalid;
}

void multipart_parser::consume(std::string_view& input, std::size_t bytes) noexcept {
  input.remove_prefix(bytes);
  total_ += bytes;
}

}  // namespace shoal
