// One pass over a head whose bytes are all there. Where a line cannot be read, refuse() decides
// whether it is bad or merely not complete, so that the pass itself need not know.
#include "http/parser.h"

#include <algorithm>

#include "http/block_swar.h"
#include "http/fields.h"
#include "http/method_key.h"
#include "http/scan.h"
#include "http/target.h"

namespace shoal::http {
namespace {

/// An error status, or one of two others.
using verdict = std::uint16_t;
constexpr verdict fine = 0;
constexpr verdict more = 1;
constexpr verdict bad_request = 400;
constexpr verdict target_too_long = 414;
constexpr verdict head_too_large = 431;
constexpr verdict not_implemented = 501;
constexpr verdict version_not_supported = 505;

constexpr std::string_view shortest_request_line = "A / HTTP/1.1\r\n";
constexpr std::size_t version_size = 8;

/// At least one empty line before the request line must be skipped (RFC 9112 2.2): old clients send
/// one behind a body. No more than that one, since nobody is known to send two.
constexpr std::size_t empty_line_size = 2;

bool is_line_end(const char* at, const char* end) noexcept {
  return end - at >= 2 && at[0] == '\r' && at[1] == '\n';
}

class head_reader final {
 public:
  head_reader(std::string_view bytes, const head_limits& limits, parse_progress& progress,
              head& out) noexcept;

  verdict read() noexcept;

 private:
  verdict read_request_line(const char*& line) noexcept;
  const char* read_method(const char* at) noexcept;
  const char* read_target(const char* at, std::size_t& question) noexcept;
  verdict read_version(const char* at) noexcept;
  verdict read_fields(const char* line) noexcept;
  [[gnu::noinline]] verdict refuse(const char* line, verdict fault) noexcept;

  [[nodiscard]] slice between(const char* begin, const char* end) const noexcept {
    return {static_cast<std::uint16_t>(begin - base_), static_cast<std::uint16_t>(end - begin)};
  }

  const char* const base_;
  const char* const end_;  // of the bytes that a head within the limit may have
  const bool full_;        // no more of them can come
  const head_limits& limits_;
  parse_progress& progress_;
  head& out_;
  const std::uint32_t most_fields_;
  std::uint32_t field_count_;
  std::uint8_t met_;
};

head_reader::head_reader(std::string_view bytes, const head_limits& limits,
                         parse_progress& progress, head& out) noexcept
    : base_(bytes.data()),
      end_(base_ + std::min({bytes.size(), std::size_t{limits.head_bytes}, max_head_bytes})),
      full_(bytes.size() >= std::min(std::size_t{limits.head_bytes}, max_head_bytes)),
      limits_(limits),
      progress_(progress),
      out_(out),
      most_fields_(std::min(limits.fields, std::uint32_t{max_fields})),
      field_count_(progress.fields),
      met_(progress.met) {}

verdict head_reader::read() noexcept {
  if (progress_.scanned != 0)
    if (const verdict v = refuse(base_ + progress_.line_begin, fine); v != fine) return v;
  out_.base = base_;
  out_.body = framing::none;
  out_.expects_continue = false;
  out_.content_length = 0;
  out_.query = out_.path = out_.host = {};
  const char* line = base_ + progress_.line_begin;
  if (line == base_)
    if (const verdict v = read_request_line(line); v != fine) return v;
  return read_fields(line);
}

/// Moves `line` to the next.
verdict head_reader::read_request_line(const char*& line) noexcept {
  if (static_cast<std::size_t>(end_ - base_) < shortest_request_line.size())
    return refuse(base_, bad_request);
  const char* const method_end = read_method(base_);
  if (method_end == base_ || *method_end != ' ') return refuse(base_, bad_request);
  std::size_t question = 0;
  const char* const target_end = read_target(method_end + 1, question);
  if (target_end == nullptr || target_end == method_end + 1) return refuse(base_, bad_request);
  if (const verdict v = read_version(target_end); v != fine) return refuse(base_, v);
  const char* const line_end = target_end + 1 + version_size;
  if (line_end - base_ > limits_.request_line_bytes) return target_too_long;
  if (!split_target(out_, question)) return bad_request;
  if (out_.verb == method::other || out_.verb == method::connect) return not_implemented;
  line = line_end + 2;
  return fine;
}

/// Its end, or `at` if the input has none. There is a whole word to load.
const char* head_reader::read_method(const char* at) noexcept {
  const std::uint64_t word = load_word(at);
  const auto spaces = swar_block{word}.spaces();
  out_.verb = method::other;
  if (spaces != 0) {
    const std::size_t size = swar_block::first(spaces);
    const std::uint64_t bytes = word & ((std::uint64_t{1} << 8 * size) - 1);
    out_.verb = method_of_key(method_key(bytes, size));
    if (out_.verb != method::other) return at + size;
  }
  const char* const method_end = find_token_end(at, end_);
  return method_end == end_ ? at : method_end;
}

/// Its end, or nullptr.
const char* head_reader::read_target(const char* at, std::size_t& question) noexcept {
  const char* mark = nullptr;
  const char* stop = at;
  for (;;) {
    stop = find_target_stop(stop, end_);
    if (stop == end_) return nullptr;
    if (*stop == '?') {
      if (mark == nullptr) mark = stop;
      ++stop;
    } else if (*stop == '%') {
      if (end_ - stop < 3 || !is_hex(stop[1]) || !is_hex(stop[2])) return nullptr;
      stop += 3;
    } else {
      break;
    }
  }
  out_.target = between(at, stop);
  question = static_cast<std::size_t>((mark != nullptr ? mark : stop) - base_);
  return stop;
}

/// " HTTP/1.1\r\n" and what it may be instead.
verdict head_reader::read_version(const char* at) noexcept {
  if (static_cast<std::size_t>(end_ - at) < 1 + version_size + 2 || at[0] != ' ' ||
      !is_line_end(at + 1 + version_size, end_))
    return bad_request;
  const std::uint64_t word = load_word(at + 1);
  if (word == pack("HTTP/1.1")) {
    out_.minor_version = 1;
    return fine;
  }
  if (word == pack("HTTP/1.0")) {
    out_.minor_version = 0;
    met_ |= met::version_1_0;
    return fine;
  }
  const std::string_view text{at + 1, version_size};
  const bool well_formed =
      text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' && is_digit(text[7]);
  return well_formed ? version_not_supported : bad_request;
}

verdict head_reader::read_fields(const char* line) noexcept {
  while (line != end_ && *line != '\r') {
    const char* const name_end = find_token_end(line, end_);
    if (name_end == line || name_end == end_ || *name_end != ':') return refuse(line, bad_request);
    const char* const value = skip_blanks(name_end + 1, end_);
    const char* const line_end = find_control(value, end_);
    if (!is_line_end(line_end, end_)) return refuse(line, bad_request);
    const char* value_end = line_end;
    while (value_end != value && is_blank(value_end[-1])) --value_end;

    if (field_count_ == most_fields_) return head_too_large;
    field& f = out_.fields.data()[field_count_++];
    f = {between(line, name_end), between(value, value_end)};
    if (may_matter(f.name.size))
      if (const verdict v = interpret(f, out_, met_); v != fine) return v;
    line = line_end + 2;
  }
  if (!is_line_end(line, end_)) return refuse(line, bad_request);
  out_.size = static_cast<std::uint32_t>(line + 2 - base_);
  out_.field_count = static_cast<std::uint16_t>(field_count_);
  return conclude(out_, met_);
}

/// The verdict on a line that could not be read: whatever is wrong with it counts only when it is
/// there as a whole and not too long, or else the answer would depend on where the input was cut.
verdict head_reader::refuse(const char* line, verdict fault) noexcept {
  const bool first = line == base_;
  if (first && line != end_ && !is_token_char(*line)) return bad_request;
  const char* const stop = find_control(std::max(line, base_ + progress_.scanned), end_);
  if (first && stop - line > limits_.request_line_bytes) return target_too_long;
  if (is_line_end(stop, end_)) return fault;
  if (stop != end_ && (*stop != '\r' || stop + 1 != end_)) return bad_request;
  if (full_) return head_too_large;
  progress_ = {static_cast<std::uint32_t>(stop - base_), static_cast<std::uint32_t>(line - base_),
               static_cast<std::uint16_t>(field_count_), met_};
  return more;
}

}  // namespace

const field* head::find(std::string_view lower_case_name) const noexcept {
  for (const field* f = fields.data(); f != fields.data() + field_count; ++f)
    if (equal_but_case(text(f->name), lower_case_name)) return f;
  return nullptr;
}

parse_result parse_head(std::string_view bytes, const head_limits& limits, parse_progress& progress,
                        head& out) noexcept {
  std::size_t skipped = 0;
  if (!bytes.empty() && bytes.front() == '\r') {
    if (bytes.size() == 1) return {};
    if (bytes[1] != '\n') return {parse_status::invalid, bad_request, 0};
    skipped = empty_line_size;
  }
  const verdict v = head_reader(bytes.substr(skipped), limits, progress, out).read();
  if (v == more) return {};
  if (v != fine) return {parse_status::invalid, v, 0};
  if (progress.line_begin != 0) {
    progress = {};  // earlier lines went into an `out` that need not be this one
    return parse_head(bytes, limits, progress, out);
  }
  return {parse_status::complete, 0, static_cast<std::uint32_t>(skipped)};
}

}  // namespace shoal::http
