#include "load/answer_scanner.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <utility>

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

// Whether a list like "keep-alive, Upgrade" holds a word.
bool lists(std::string_view list, std::string_view word) noexcept {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_text(trim(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
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
  phase_ = phase::head;
  fault_ = answer_fault::none;
  head_.clear();
  chunks_.clear();
  kept_.clear();
}

reading answer_scanner::take_slowly(std::string_view& piece, answer_check& check) {
  const bool whole = !partial();
  const std::string_view start = piece;
  // One after another: 100 Continue and its like stand before the answer.
  while (phase_ == phase::head && take_head(piece)) read_head(head_, check);
  take_body(piece);
  if (fault_ == answer_fault::framing) return {.fault = fault_};
  if (phase_ != phase::done) return {};
  const reading found = finish(check);
  const std::size_t length = start.size() - piece.size();
  if (whole && found.fault == answer_fault::none && !found.last && !found.refused &&
      length <= longest_known) {
    check.known.assign(start.substr(0, length));
  }
  return found;
}

reading answer_scanner::end(answer_check& check) {
  if (phase_ != phase::until_end) return {};
  return finish(check);
}

reading answer_scanner::finish(const answer_check& check) {
  judge_end(check);
  const reading found{.complete = true, .refused = refusal_, .last = last_, .fault = fault_};
  clear();
  return found;
}

// True: head_ is a whole one, up to the end of its last line. False: the rest is still to come.
bool answer_scanner::take_head(std::string_view& piece) {
  constexpr std::string_view blank_line = "\r\n\r\n";
  if (piece.empty() || fault_ == answer_fault::framing) return false;
  const std::size_t before = head_.size();
  head_.append(piece.substr(0, longest_head - std::min(before, longest_head)));
  const std::size_t from = before < blank_line.size() ? 0 : before - blank_line.size();
  const std::size_t end = head_.find(blank_line, from);
  if (end == std::string::npos) {
    if (head_.size() >= longest_head) find_fault(answer_fault::framing);
    piece = {};
    return false;
  }
  piece.remove_prefix(end + blank_line.size() - before);
  head_.resize(end + 2);
  return true;
}

// `head` ends with the CR LF of its last line.
void answer_scanner::read_head(std::string_view head, const answer_check& check) {
  has_length_ = has_coding_ = chunked_ = has_retry_after_ = close_ = keep_alive_ = false;
  length_ = 0;
  std::size_t end = head.find("\r\n");
  const unsigned status = status_of(head.substr(0, end));
  old_ = head.starts_with("HTTP/1.0");
  while (end + 2 < head.size()) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    read_field(head.substr(0, end));
  }
  head_.clear();
  if (status < 100) return find_fault(answer_fault::framing);
  if (status >= 200) return judge_head(status, check);
  // Nobody has asked for another protocol.
  if (status == 101) find_fault(answer_fault::framing);
}

void answer_scanner::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return find_fault(answer_fault::framing);
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (same_text(name, "content-length")) {
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), length_);
    const bool number = parsed.ec == std::errc{} && parsed.ptr == value.data() + value.size();
    if (!number || has_length_) find_fault(answer_fault::framing);
    has_length_ = true;
  } else if (same_text(name, "transfer-encoding")) {
    has_coding_ = true;
    const std::size_t comma = value.rfind(',');
    chunked_ = same_text(trim(value.substr(comma == value.npos ? 0 : comma + 1)), "chunked");
  } else if (same_text(name, "retry-after")) {
    has_retry_after_ = true;
  } else if (same_text(name, "connection")) {
    close_ = close_ || lists(value, "close");
    keep_alive_ = keep_alive_ || lists(value, "keep-alive");
  }
}

void answer_scanner::judge_head(unsigned status, const answer_check& check) {
  const expectation& wanted = check.wanted;
  choose_framing(status, check);
  refusal_ = wanted.may_refuse && status == 503 && has_retry_after_;
  const bool right = wanted.status == 0 ? status >= 200 && status < 300 : status == wanted.status;
  if (!right && !refusal_) find_fault(answer_fault::status);
  against_ = wanted.body                             ? &*wanted.body
             : wanted.same && check.first != nullptr ? check.first->get()
                                                     : nullptr;
  compare_ = right && !check.head_only && (wanted.body || wanted.same);
}

void answer_scanner::choose_framing(unsigned status, const answer_check& check) {
  // Who sends both could mean either: RFC 9112, 6.3.
  if (has_coding_ && has_length_) find_fault(answer_fault::framing);
  last_ = close_ || (old_ && !keep_alive_);
  seen_ = 0;
  left_ = length_;
  if (check.head_only || status == 204 || status == 304) {
    phase_ = phase::done;
  } else if (chunked_) {
    phase_ = phase::chunked;
  } else if (has_length_) {
    phase_ = left_ == 0 ? phase::done : phase::counted;
  } else {
    phase_ = phase::until_end;
    last_ = true;
  }
}

void answer_scanner::take_body(std::string_view& piece) {
  if (phase_ == phase::chunked) return take_chunks(piece);
  if (phase_ != phase::counted && phase_ != phase::until_end) return;
  const bool counted = phase_ == phase::counted;
  const std::size_t most = piece.size();
  const auto count =
      counted ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, most)) : most;
  judge_bytes(piece.substr(0, count));
  piece.remove_prefix(count);
  left_ -= counted ? count : 0;
  if (counted && left_ == 0) phase_ = phase::done;
}

void answer_scanner::take_chunks(std::string_view& piece) {
  do {
    judge_bytes(chunks_.next(piece));
  } while (!piece.empty() && !chunks_.ended() && !chunks_.wrong());
  if (chunks_.wrong()) find_fault(answer_fault::framing);
  if (chunks_.ended()) phase_ = phase::done;
}

void answer_scanner::judge_bytes(std::string_view bytes) {
  const std::uint64_t offset = seen_;
  seen_ += bytes.size();
  if (!compare_ || bytes.empty()) return;
  if (against_ == nullptr) {
    if (seen_ > longest_kept_body) return find_fault(answer_fault::length);
    kept_ += bytes;
  } else if (seen_ > against_->size()) {
    find_fault(answer_fault::length);
  } else if (bytes != std::string_view(*against_).substr(offset, bytes.size())) {
    find_fault(answer_fault::body);
  }
}

void answer_scanner::judge_end(const answer_check& check) {
  const bool right = fault_ == answer_fault::none && !refusal_;
  if (!right) return;
  // An answer to HEAD says how long its body would be, if it says so.
  const std::uint64_t length = check.head_only ? length_ : seen_;
  const bool says = !check.head_only || has_length_;
  if (check.wanted.length && says && length != *check.wanted.length) {
    return find_fault(answer_fault::length);
  }
  if (!compare_) return;
  if (against_ != nullptr) {
    if (seen_ != against_->size()) find_fault(answer_fault::length);
  } else if (check.first != nullptr) {
    // Another connection's answer may have been the first meanwhile.
    const std::string kept = std::move(kept_);
    const std::string& first = check.first->settle(kept);
    if (first.size() != kept.size()) return find_fault(answer_fault::length);
    if (first != kept) find_fault(answer_fault::body);
  }
}

}  // namespace shoal::load
