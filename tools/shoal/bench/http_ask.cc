#include "bench/http_ask.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <chrono>

#include "cluster/listen/address.h"
#include "topology/text.h"

namespace shoal::bench {
namespace {

constexpr std::size_t most_head_bytes = 64 * 1024;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool starts_with_name(std::string_view line, std::string_view name) noexcept {
  if (line.size() < name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (lower(line[i]) != name[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<std::size_t> content_length(std::string_view head) noexcept {
  constexpr std::string_view name = "content-length:";
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    if (starts_with_name(line, name)) {
      return topology::parse_number<std::size_t>(topology::trim(line.substr(name.size())));
    }
    if (end == std::string_view::npos) break;
    head.remove_prefix(end + 2);
  }
  return std::nullopt;
}

result<http_asker> http_asker::connect(const std::string& authority, nanoseconds patience) {
  const auto to = cluster::parse_address(authority);
  if (!to) return to.error();
  descriptor socket(::socket(to.value().storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_error(errno, "cannot open a socket");
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(patience).count();
  const timeval limit{us / 1'000'000, us % 1'000'000};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket.get(), to.value().raw(), to.value().size) != 0) {
    return system_error(errno, "cannot connect to " + authority);
  }
  return http_asker(std::move(socket));
}

result<void> http_asker::receive_more() {
  char some[16 * 1024];
  const auto count = ::recv(socket_.get(), some, sizeof some, 0);
  if (count == 0) return error{0, "the connection was closed before an answer had come"};
  if (count < 0) return system_error(errno, "no answer came");
  bytes_.append(some, static_cast<std::size_t>(count));
  return {};
}

result<std::string> http_asker::get(const std::string& target) {
  const auto request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return system_error(errno, "cannot ask for " + target);
  }
  std::size_t end;
  while ((end = bytes_.find("\r\n\r\n")) == std::string::npos) {
    if (bytes_.size() > most_head_bytes)
      return error{0, "GET " + target + " has no end of its head"};
    if (auto more = receive_more(); !more) return more.error();
  }
  const auto head = bytes_.substr(0, end + 2);
  if (!head.starts_with("HTTP/1.1 200")) {
    return error{0, "GET " + target + " answers \"" + head.substr(0, head.find('\r')) + '"'};
  }
  const auto length = content_length(head);
  if (!length) return error{0, "GET " + target + " answers without a Content-Length"};
  while (bytes_.size() < end + 4 + *length) {
    if (auto more = receive_more(); !more) return more.error();
  }
  auto body = bytes_.substr(end + 4, *length);
  bytes_.erase(0, end + 4 + *length);
  return body;
}

}  // namespace shoal::bench
