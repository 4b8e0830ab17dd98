#include "http/answer.h"

#include <algorithm>
#include <charconv>

#include "shoal/http/status.h"

namespace shoal::http {
namespace {

char* put(char* to, std::string_view text) noexcept {
  return std::copy(text.begin(), text.end(), to);  // of nothing too, which memcpy may not be asked
}

char* put_status_line(char* to, int status) noexcept {
  if (status == 200) [[likely]]
    return put(to, "HTTP/1.1 200 OK\r\n");
  to = put(to, "HTTP/1.1 ");
  to = write_decimal(to, static_cast<std::uint64_t>(status));
  *to++ = ' ';
  to = put(to, reason_phrase(status));
  return put(to, "\r\n");
}

char* put_connection(char* to, answer::persistence connection) noexcept {
  switch (connection) {
    case answer::persistence::implied:
      return to;
    case answer::persistence::close:
      return put(to, "Connection: close\r\n");
    case answer::persistence::keep_alive:
      return put(to, "Connection: keep-alive\r\n");
  }
  return to;
}

}  // namespace

char* write_decimal(char* to, std::uint64_t number) noexcept {
  return std::to_chars(to, to + 20, number).ptr;
}

bool write_answer(output_pool& pool, output_block*& block, const answer& head,
                  std::string_view body) noexcept {
  // The longest status line, Content-Length and Connection, and the names of the rest.
  constexpr std::size_t fixed = 160;
  char* to = pool.reserve(block, fixed + head.date_line.size() + head.content_type.size() +
                                     head.fields.size() + body.size());
  if (to == nullptr) return false;
  to = put_status_line(to, head.status);
  to = put(to, head.date_line);
  if (!head.content_type.empty()) {
    to = put(to, "Content-Type: ");
    to = put(to, head.content_type);
    to = put(to, "\r\n");
  }
  if (head.body == answer::framing::length) [[likely]] {
    to = put(to, "Content-Length: ");
    to = write_decimal(to, head.content_length);
    to = put(to, "\r\n");
  } else if (head.body == answer::framing::chunked) {
    to = put(to, "Transfer-Encoding: chunked\r\n");
  }
  to = put_connection(to, head.connection);
  to = put(to, head.fields);
  to = put(to, "\r\n");
  to = put(to, body);
  output_pool::commit(*block, to);
  return true;
}

}  // namespace shoal::http
