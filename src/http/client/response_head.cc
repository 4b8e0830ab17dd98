#include "http/client/response_head.h"

#include <algorithm>

#include "http/ascii.h"
#include "http/field_text.h"
#include "http/scan.h"

namespace shoal::http {
namespace {

/// A literal that says what is wrong; empty: nothing.
using problem = std::string_view;
constexpr problem fine{};

/// What has been met so far.
struct seen {
  bool length = false;
  bool coding = false;
  bool close = false;
  bool keep_alive = false;
};

std::string_view next_element(std::string_view& list) noexcept {
  const std::size_t comma = list.find(',');
  std::string_view element = list.substr(0, comma);
  list = comma == list.npos ? std::string_view{} : list.substr(comma + 1);
  while (!element.empty() && is_blank(element.front())) element.remove_prefix(1);
  while (!element.empty() && is_blank(element.back())) element.remove_suffix(1);
  return element;
}

problem take_length(std::string_view value, response_head& out, seen& met) noexcept {
  if (met.length) return "two Content-Length fields";
  met.length = true;
  if (value.empty() || value.size() > 18) return "a Content-Length that is no number";
  out.content_length = 0;
  for (const char c : value) {
    if (!is_digit(c)) return "a Content-Length that is no number";
    out.content_length = out.content_length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return fine;
}

problem take_coding(std::string_view value, const response_head& out, seen& met) noexcept {
  if (met.coding) return "two Transfer-Encoding fields";
  met.coding = true;
  if (out.minor_version == 0) return "Transfer-Encoding in HTTP/1.0";
  return equals_ignoring_case(value, "chunked") ? fine : "a Transfer-Encoding other than chunked";
}

problem take_connection(std::string_view list, seen& met) noexcept {
  while (!list.empty()) {
    const std::string_view option = next_element(list);
    if (option.empty()) continue;
    if (!is_token(option)) return "a Connection field that is no list of tokens";
    met.close |= equals_ignoring_case(option, "close");
    met.keep_alive |= equals_ignoring_case(option, "keep-alive");
  }
  return fine;
}

problem interpret(const field& f, response_head& out, seen& met) noexcept {
  const std::string_view name = out.text(f.name);
  const std::string_view value = out.text(f.value);
  if (equals_ignoring_case(name, "content-length")) return take_length(value, out, met);
  if (equals_ignoring_case(name, "transfer-encoding")) return take_coding(value, out, met);
  if (equals_ignoring_case(name, "connection")) return take_connection(value, met);
  return fine;
}

/// "HTTP/1.1 200 OK\r\n": the space stands there also where the phrase is empty.
problem read_status_line(std::string_view line, response_head& out) noexcept {
  constexpr std::string_view shortest = "HTTP/1.1 200 ";
  if (line.size() < shortest.size() || !line.starts_with("HTTP/1.") ||
      (line[7] != '0' && line[7] != '1') || line[8] != ' ' || line[12] != ' ' ||
      !std::all_of(line.begin() + 9, line.begin() + 12, is_digit)) {
    return "no status line of HTTP/1.1";
  }
  out.minor_version = static_cast<std::uint8_t>(line[7] - '0');
  out.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (out.status < 100 || out.status > 599) return "a status outside 100 to 599";
  return fine;
}

/// What only the whole head can tell: RFC 9112 6.3.
problem conclude(bool to_head, const seen& met, response_head& out) noexcept {
  out.keep_alive = !met.close && (out.minor_version == 1 || met.keep_alive);
  if (met.length && met.coding) return "Content-Length and Transfer-Encoding";
  const bool interim = out.status < 200;
  if (interim && (met.length || met.coding)) return "an interim answer with a body";
  if (to_head || interim || out.status == 204 || out.status == 304) {
    out.body = answer_framing::none;
    // Such a server may go on with a body that is none: what follows cannot be trusted.
    if (out.status == 204 && (met.coding || out.content_length > 0)) out.keep_alive = false;
    return fine;
  }
  out.body = met.coding   ? answer_framing::chunked
             : met.length ? answer_framing::length
                          : answer_framing::close;
  if (out.body == answer_framing::close) out.keep_alive = false;
  return fine;
}

class head_reader final {
 public:
  head_reader(std::string_view bytes, response_head& out) noexcept
      : base_(bytes.data()), end_(base_ + bytes.size()), out_(out) {}

  /// True: there is a line, without its end. False: not yet, or `wrong` says why never.
  bool next_line(std::string_view& line, problem& wrong) noexcept {
    const char* const begin = base_ + at_;
    const char* const stop = find_control(begin, end_);
    if (stop == end_ || (*stop == '\r' && stop + 1 == end_)) return false;
    if (*stop != '\r' || stop[1] != '\n') {
      wrong = "a control character in the head";
      return false;
    }
    line = {begin, static_cast<std::size_t>(stop - begin)};
    at_ = static_cast<std::size_t>(stop + 2 - base_);
    return true;
  }

  problem read_field(std::string_view line, seen& met) noexcept {
    const char* const begin = line.data();
    const char* const end = begin + line.size();
    const char* const name_end = find_token_end(begin, end);
    if (name_end == begin || name_end == end || *name_end != ':') return "a line that is no field";
    const char* const value = skip_blanks(name_end + 1, end);
    const char* value_end = end;
    while (value_end != value && is_blank(value_end[-1])) --value_end;
    if (out_.field_count == max_fields) return "too many fields";
    field& f = out_.fields[out_.field_count++];
    f = {between(begin, name_end), between(value, value_end)};
    return interpret(f, out_, met);
  }

  [[nodiscard]] std::size_t consumed() const noexcept { return at_; }

 private:
  [[nodiscard]] slice between(const char* begin, const char* end) const noexcept {
    return {static_cast<std::uint16_t>(begin - base_), static_cast<std::uint16_t>(end - begin)};
  }

  const char* const base_;
  const char* const end_;
  response_head& out_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string_view> response_head::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < field_count; ++i) {
    if (equals_ignoring_case(text(fields[i].name), name)) return text(fields[i].value);
  }
  return {};
}

response_head_result parse_response_head(std::string_view bytes, std::uint32_t most_bytes,
                                         bool to_head, response_head& out) noexcept {
  const std::size_t most = std::min(std::size_t{most_bytes}, max_head_bytes);
  const bool full = bytes.size() >= most;
  bytes = bytes.substr(0, most);
  out.base = bytes.data();
  out.field_count = 0;
  out.content_length = 0;
  head_reader in(bytes, out);
  seen met;
  problem wrong;
  std::string_view line;
  constexpr std::string_view protocol = "HTTP/1.";
  const std::size_t beginning = std::min(bytes.size(), protocol.size());
  if (bytes.substr(0, beginning) != protocol.substr(0, beginning)) {
    return {parse_status::invalid, "no status line of HTTP/1.1"};
  }
  for (bool first = true; in.next_line(line, wrong); first = false) {
    if (!first && line.empty()) {
      wrong = conclude(to_head, met, out);
      if (!wrong.empty()) break;
      out.size = static_cast<std::uint32_t>(in.consumed());
      return {parse_status::complete, {}};
    }
    wrong = first ? read_status_line(line, out) : in.read_field(line, met);
    if (!wrong.empty()) break;
  }
  if (wrong.empty() && full) wrong = "a head beyond the limit";
  return {wrong.empty() ? parse_status::partial : parse_status::invalid, wrong};
}

}  // namespace shoal::http
