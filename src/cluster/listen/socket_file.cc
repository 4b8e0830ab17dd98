#include "cluster/listen/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace shoal::cluster {
namespace {

error explain(int code, const std::string& path) {
  const auto where = "cannot listen on unix:" + path + ": ";
  switch (code) {
    case EADDRINUSE:
      return {code, where +
                        "another server listens there, or the file is no socket; stop it, remove "
                        "the file, or choose another path"};
    case ENOENT:
      return {code, where + "the directory does not exist; create it or choose another path"};
    case EACCES:
    case EPERM:
      return {code, where + "this user may not write into the directory"};
    case EROFS:
      return {code, where + "the file system is read-only"};
    default:
      return system_error(code, where.substr(0, where.size() - 2));
  }
}

}  // namespace

bool is_left_over(const address& where) noexcept {
  struct stat facts{};
  if (::stat(where.path().c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) return false;
  const descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return ::connect(client.get(), where.raw(), where.size) != 0 && errno == ECONNREFUSED;
}

result<socket_file> socket_file::bind(int socket, const address& where, mode_t mode) {
  auto path = where.path();
  // The file never has more rights than in the end: its mode comes from the socket's.
  ::fchmod(socket, mode);
  if (::bind(socket, where.raw(), where.size) != 0) {
    if (errno != EADDRINUSE || !is_left_over(where)) return explain(errno, path);
    ::unlink(path.c_str());
    if (::bind(socket, where.raw(), where.size) != 0) return explain(errno, path);
  }
  struct stat facts{};
  // The umask has taken rights away.
  if (::chmod(path.c_str(), mode) != 0 || ::stat(path.c_str(), &facts) != 0) {
    return explain(errno, path);
  }
  return socket_file(std::move(path), facts.st_dev, facts.st_ino);
}

socket_file socket_file::adopt(const std::string& path) noexcept {
  struct stat facts{};
  const bool there = ::stat(path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode);
  return socket_file(there ? path : std::string(), facts.st_dev, facts.st_ino);
}

socket_file::socket_file(socket_file&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), number_(other.number_) {}

socket_file::~socket_file() {
  struct stat facts{};
  if (path_.empty() || ::stat(path_.c_str(), &facts) != 0) return;
  if (facts.st_dev == device_ && facts.st_ino == number_) ::unlink(path_.c_str());
}

}  // namespace shoal::cluster
