#include "control_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/result.h"
#include "http/client/response_head.h"

namespace shoal::tool {
namespace {

constexpr std::uint32_t longest_head = 8192;

control_reply fail(std::string why, int status = 0) { return {status, std::move(why)}; }

constexpr const char* too_late = "no answer in time; what was asked for may still go on";
constexpr const char* no_http = "what answers there is no control socket";
constexpr const char* broken = "the server has gone before it had answered";

/// The answer as it comes in.
class reader final {
 public:
  reader(int socket, monotonic_time deadline) : socket_(socket), deadline_(deadline) {}

  /// More behind what `bytes` holds; what has failed, or nothing. At the end `ended` is set.
  const char* read(std::string& bytes) {
    char some[4096];
    while (true) {
      if (!wait_until_readable(socket_, deadline_)) return too_late;
      const auto size = ::recv(socket_, some, sizeof some, 0);
      if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (size < 0) return broken;
      ended = size == 0;
      bytes.append(some, static_cast<std::size_t>(size));
      return nullptr;
    }
  }

  bool ended = false;

 private:
  int socket_;
  monotonic_time deadline_;
};

}  // namespace

bool wait_until_readable(int source, monotonic_time deadline) {
  while (true) {
    int left_ms = -1;
    if (deadline != never) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - read_clock());
      left_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30));
    }
    pollfd one{source, POLLIN, 0};
    const int ready = ::poll(&one, 1, left_ms);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

control_reply ask(const descriptor& socket, const control_call& call,
                  const std::function<bool(int status, std::string_view piece)>& take) {
  const auto request = call.verb + " " + call.target + " HTTP/1.1\r\nHost: shoal\r\nAccept: " +
                       (call.json ? "application/json" : "text/plain") +
                       "\r\nConnection: close\r\n\r\n";
  // Shorter than any socket's buffer.
  const auto sent = ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size())) return fail(broken);
  reader in(socket.get(), call.deadline);
  std::string bytes;
  http::response_head head;
  while (true) {
    if (const char* const failure = in.read(bytes)) return fail(failure);
    const auto seen = http::parse_response_head(bytes, longest_head, false, head);
    if (seen.status == http::parse_status::invalid) return fail(no_http);
    if (seen.status == http::parse_status::complete) break;
    if (in.ended) return fail(broken);
  }
  const int status = head.status;
  const bool counted = head.body == http::answer_framing::length;
  auto left = counted ? head.content_length : 0;
  bytes.erase(0, head.size);
  while (true) {
    if (!bytes.empty() && !take(status, bytes)) return {status, ""};
    left -= std::min<std::uint64_t>(left, bytes.size());
    bytes.clear();
    if (counted && left == 0) return {status, ""};
    if (in.ended) return counted ? fail(broken, status) : control_reply{status, ""};
    if (const char* const failure = in.read(bytes)) return fail(failure, status);
  }
}

}  // namespace shoal::tool
