#include "cluster/listen/given_sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "cluster/options/units.h"
#include "cluster/supervisor/first_process.h"

namespace shoal::cluster {
namespace {

constexpr int first_given = 3;         // SD_LISTEN_FDS_START
constexpr std::uint64_t most = 4'096;  // more than any unit has; the rest is left alone
constexpr std::size_t longest_name = 255;
constexpr std::string_view asking = "fd:";
constexpr std::string_view keeping = "shoal ";
constexpr const char* variables[] = {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"};

int option_of(int socket, int name) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

bool is_known(const address& a) noexcept {
  const auto family = a.storage.ss_family;
  return family == AF_INET || family == AF_INET6 || family == AF_UNIX;
}

/// Its flags are the manager's too, which does not mind.
void make_ours(int socket) noexcept {
  const int on = 1;
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // not at a path
}

error a_connection(int fd, const std::string& name) {
  return {EINVAL, "the service manager gives a connection (descriptor " + std::to_string(fd) +
                      ", name \"" + name +
                      "\") where a server needs a listener; write Accept=no in its .socket unit"};
}

}  // namespace

std::vector<std::string> read_given_names(const char* (*get)(const char*), pid_t self) {
  const char* const whose = get("LISTEN_PID");
  const char* const number = get("LISTEN_FDS");
  const char* const called = get("LISTEN_FDNAMES");
  if (whose == nullptr || number == nullptr || whose != std::to_string(self)) return {};
  std::vector<std::string> out(std::min(parse_number(number).value_or(0), most), "unknown");
  std::string_view rest = called != nullptr ? called : "";
  for (auto& name : out) {
    if (rest.empty()) break;
    name = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
  return out;
}

result<std::vector<given_socket>> take_descriptors(std::span<const std::string> names, int first) {
  std::vector<given_socket> out;
  for (const auto& name : names) {
    const int fd = first + static_cast<int>(out.size());
    auto& one = out.emplace_back(name);
    const auto where = address_of(fd);
    if (option_of(fd, SO_TYPE) != SOCK_STREAM || !where || !is_known(*where)) continue;
    one.where = *where;
    if (option_of(fd, SO_ACCEPTCONN) == 1) {
      make_ours(fd);
      one.socket.reset(fd);
    } else if (!where->local()) {
      return a_connection(fd, name);
    }
  }
  return out;
}

result<std::vector<given_socket>> take_given_sockets() {
  const auto names =
      read_given_names([](const char* name) -> const char* { return std::getenv(name); },
                       is_below_first_process() ? 1 : ::getpid());
  for (const char* const name : variables) ::unsetenv(name);
  return take_descriptors(names, first_given);
}

std::optional<std::string_view> asked_name(std::string_view wish) noexcept {
  if (!wish.starts_with(asking)) return std::nullopt;
  return wish.substr(asking.size());
}

result<void> check_listen_wish(std::string_view wish) {
  const auto name = asked_name(wish);
  if (!name) {
    const auto parsed = parse_address(wish);
    return parsed ? result<void>() : parsed.error();
  }
  const bool good = !name->empty() && name->size() <= longest_name &&
                    std::all_of(name->begin(), name->end(),
                                [](char c) { return c >= ' ' && c < '\x7f' && c != ':'; });
  if (good) return {};
  return error{0, "must be fd: and what FileDescriptorName= of a .socket unit says"};
}

std::string kept_name(const address& where, unsigned slot) {
  auto name = std::string(keeping) + std::to_string(slot) + " " + show(where);
  std::replace(name.begin(), name.end(), ':', '_');  // which stands between two names
  return name;
}

bool is_kept(const given_socket& one) noexcept { return one.name.starts_with(keeping); }

std::optional<unsigned> slot_of(const given_socket& one) {
  const auto rest = std::string_view(one.name).substr(keeping.size());
  const auto slot = parse_number(rest.substr(0, rest.find(' ')));
  if (!slot || *slot >= most) return std::nullopt;
  const auto number = static_cast<unsigned>(*slot);
  return kept_name(one.where, number) == one.name ? std::optional(number) : std::nullopt;
}

}  // namespace shoal::cluster
