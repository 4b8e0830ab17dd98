#include "testing/answer_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace shoal::test {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

[[noreturn]] void refuse(std::string_view what, std::string_view text) {
  throw std::runtime_error("the answer is no HTTP: " + std::string(what) + " in \"" +
                           std::string(text) + "\"");
}

std::uint64_t number(std::string_view text, int base) {
  std::uint64_t n = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, n, base);
  if (parsed.ec != std::errc{} || parsed.ptr != end) refuse("no number", text);
  return n;
}

/// The line at the front, taken away with its CRLF, or nothing while that has not come.
std::optional<std::string> take_line(std::string& bytes) {
  const auto end = bytes.find("\r\n");
  if (end == bytes.npos) return std::nullopt;
  auto line = bytes.substr(0, end);
  bytes.erase(0, end + 2);
  return line;
}

int read_status(std::string_view line) {
  const bool begins = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!begins || line.size() < 13 || line[12] != ' ') refuse("no status line", line);
  return static_cast<int>(number(line.substr(9, 3), 10));
}

std::pair<std::string, std::string> read_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || colon == 0) refuse("no field", line);
  auto value = line.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  return {std::string(line.substr(0, colon)), std::string(value)};
}

bool has(const fields& all, std::string_view name) {
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& f) { return same_name(f.first, name); });
}

}  // namespace

std::optional<std::string_view> answer::header(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (same_name(key, name)) return value;
  }
  return std::nullopt;
}

bool answer_reader::read_head(std::string& bytes, bool to_head, answer& into) {
  while (true) {
    if (bytes.find("\r\n\r\n") == bytes.npos) return false;
    into = {.status = read_status(*take_line(bytes)), .fields = {}, .body = {}};
    for (auto line = *take_line(bytes); !line.empty(); line = *take_line(bytes)) {
      into.fields.push_back(read_field(line));
    }
    if (into.status >= 200) break;
  }
  expect_body(to_head, into);
  return true;
}

/// RFC 9112, section 6.3.
void answer_reader::expect_body(bool to_head, const answer& head) {
  const auto coding = head.header("Transfer-Encoding");
  const auto length = head.header("Content-Length");
  left_ = 0;
  if (to_head || head.status == 204 || head.status == 304) {
    part_ = part::none;
  } else if (coding) {
    if (length) refuse("a length beside a coding", *length);
    part_ = *coding == "chunked" ? part::chunk_size : part::to_end;
  } else if (length) {
    left_ = number(*length, 10);
    part_ = left_ == 0 ? part::none : part::counted;
  } else {
    part_ = part::to_end;
  }
}

std::string answer_reader::read_body(std::string& bytes, bool ended) {
  std::string body;
  while (part_ != part::none && step(bytes, body)) {
  }
  if (ended && part_ == part::to_end) part_ = part::none;
  return body;
}

/// Takes one thing; false if it has not come.
bool answer_reader::step(std::string& bytes, std::string& body) {
  switch (part_) {
    case part::none:
      return false;
    case part::to_end:
      body += std::exchange(bytes, {});
      return false;
    case part::counted:
    case part::chunk: {
      const auto count = std::min<std::uint64_t>(left_, bytes.size());
      body.append(bytes, 0, count);
      bytes.erase(0, count);
      left_ -= count;
      if (left_ > 0) return false;
      part_ = part_ == part::chunk ? part::chunk_end : part::none;
      return true;
    }
    case part::chunk_size: {
      const auto line = take_line(bytes);
      if (!line) return false;
      left_ = number(std::string_view(*line).substr(0, line->find(';')), 16);
      part_ = left_ == 0 ? part::trailers : part::chunk;
      return true;
    }
    case part::chunk_end: {
      const auto line = take_line(bytes);
      if (line && !line->empty()) refuse("a chunk that is longer than it says", *line);
      if (line) part_ = part::chunk_size;
      return line.has_value();
    }
    case part::trailers: {
      const auto line = take_line(bytes);
      if (line && line->empty()) part_ = part::none;
      return line.has_value();
    }
  }
  return false;
}

std::string write_request(std::string_view method, std::string_view target, const fields& headers,
                          std::string_view body) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  if (!has(headers, "Host")) text += "Host: test\r\n";
  for (const auto& [name, value] : headers) text.append(name + ": " + value + "\r\n");
  const bool framed = has(headers, "Content-Length") || has(headers, "Transfer-Encoding");
  const bool carries = !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (carries && !framed) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text.append("\r\n").append(body);
}

}  // namespace shoal::test
