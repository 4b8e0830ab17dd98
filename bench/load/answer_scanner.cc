#include "load/answer_scanner.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace shoal::load {
namespace {

constexpr std::size_t longest_head = 16 * 1024;
constexpr std::size_t longest_known = 4096;

bool same_text(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "HTTP/1.1 200 OK": the status, or 0 if the line is not one.
unsigned status_of(std::string_view line) noexcept {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return 0;
  if (line.size() > 12 && line[12] != ' ') return 0;
  unsigned status = 0;
  const auto parsed = std::from_chars(line.data() + 9, line.data() + 12, status);
  return parsed.ptr == line.data() + 12 ? status : 0;
}

}  // namespace

void answer_scanner::clear() noexcept {
  head_.clear();
  body_left_ = 0;
  last_ = false;
}

scan answer_scanner::take(std::string_view piece) {
  scan found;
  while (!piece.empty() && found.fault == answer_fault::none && !found.last) {
    const std::string& known = check_.known;
    if (!partial() && !known.empty() && piece.starts_with(known)) {
      ++found.answers;
      piece.remove_prefix(known.size());
    } else {
      piece = take_slowly(piece, found);
    }
  }
  return found;
}

std::string_view answer_scanner::take_slowly(std::string_view piece, scan& found) {
  const bool whole = !partial();
  const std::string_view start = piece;
  if (body_left_ == 0) {
    piece = take_head(piece, found);
    if (found.fault != answer_fault::none || !head_.empty()) return piece;
  }
  piece = take_body(piece, found);
  if (found.fault != answer_fault::none || body_left_ != 0) return piece;
  ++found.answers;
  found.refusals += refusal_ ? 1 : 0;
  found.last = last_;
  const std::size_t length = start.size() - piece.size();
  if (whole && !last_ && !refusal_ && length <= longest_known)
    check_.known.assign(start.substr(0, length));
  return piece;
}

// Leaves head_ not empty if the head goes on in the next piece.
std::string_view answer_scanner::take_head(std::string_view piece, scan& found) {
  constexpr std::string_view blank_line = "\r\n\r\n";
  const std::size_t before = head_.size();
  head_.append(piece.substr(0, longest_head - std::min(before, longest_head)));
  const std::size_t from = before < blank_line.size() ? 0 : before - blank_line.size();
  const std::size_t end = head_.find(blank_line, from);
  if (end == std::string::npos) {
    if (head_.size() >= longest_head) found.fault = answer_fault::framing;
    return {};
  }
  const std::size_t length = end + blank_line.size();
  read_head(std::string_view(head_).substr(0, end + 2), found);
  head_.clear();
  return piece.substr(length - before);
}

std::string_view answer_scanner::take_body(std::string_view piece, scan& found) {
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, piece.size()));
  if (check_.compare_body && !refusal_) {
    const std::uint64_t offset = body_bytes_ - body_left_;
    const bool same =
        body_bytes_ == check_.body.size() &&
        piece.substr(0, length) == std::string_view(check_.body).substr(offset, length);
    if (!same && !check_.head_only) found.fault = answer_fault::body;
  }
  body_left_ -= length;
  return piece.substr(length);
}

// `head` ends with the CR LF of its last line.
void answer_scanner::read_head(std::string_view head, scan& found) {
  has_length_ = has_retry_after_ = last_ = false;
  body_bytes_ = 0;
  std::size_t end = head.find("\r\n");
  const unsigned status = status_of(head.substr(0, end));
  while (end + 2 < head.size() && found.fault == answer_fault::none) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    read_field(head.substr(0, end), found);
  }
  const bool no_body = check_.head_only || status == 204 || status == 304;
  body_left_ = no_body ? 0 : body_bytes_;
  refusal_ = check_.may_refuse && status == 503 && has_retry_after_;
  if (status == 0 || (!has_length_ && !no_body)) {
    found.fault = answer_fault::framing;
  } else if (status != check_.status && !refusal_) {
    found.fault = answer_fault::status;
  }
}

void answer_scanner::read_field(std::string_view line, scan& found) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    found.fault = answer_fault::framing;
    return;
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (same_text(name, "content-length")) {
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), body_bytes_);
    const bool number = parsed.ec == std::errc{} && parsed.ptr == value.data() + value.size();
    if (!number || has_length_) found.fault = answer_fault::framing;
    has_length_ = true;
  } else if (same_text(name, "retry-after")) {
    has_retry_after_ = true;
  } else if (same_text(name, "transfer-encoding")) {
    found.fault = answer_fault::framing;
  } else if (same_text(name, "connection")) {
    last_ = same_text(value, "close");
  }
}

}  // namespace shoal::load
