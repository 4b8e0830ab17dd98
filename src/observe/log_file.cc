#include "observe/log_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "observe/line_buffer.h"

namespace shoal::observe {
namespace {

static_assert(max_line_bytes <= PIPE_BUF, "a line goes into a pipe whole or not at all");

constexpr int appending = O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
constexpr mode_t new_file_mode = 0640;  // addresses and paths are not for everybody

// Stdout is opened anew: O_NONBLOCK belongs to the open file, which we share with others.
constexpr const char* own_stdout = "/proc/self/fd/1";

/// A FIFO that is opened for writing alone must have a reader already.
int access_of(const char* path) noexcept {
  struct stat found{};
  return ::stat(path, &found) == 0 && S_ISFIFO(found.st_mode) ? O_RDWR : O_WRONLY;
}

bool is_socket(int fd) noexcept {
  struct stat found{};
  return ::fstat(fd, &found) == 0 && S_ISSOCK(found.st_mode);
}

error refusal(const std::string& path, int code) {
  const std::string name = path == "-" ? "stdout as access log" : "access log " + path;
  const char* const cure =
      path == "-" ? "; name a file instead"
                  : "; make its directory, give its user the right to write there, or name another";
  auto what = system_error(code, "cannot open " + name);
  what.message += cure;
  return what;
}

/// At most `most` bytes of whole lines; the first line fits.
std::string_view lines_within(std::string_view lines, std::size_t most) noexcept {
  if (lines.size() <= most) return lines;
  return lines.substr(0, lines.rfind('\n', most - 1) + 1);
}

}  // namespace

result<log_file> log_file::open(const std::string& path) {
  log_file opened;
  const char* const name = path == "-" ? own_stdout : path.c_str();
  opened.file_.reset(::open(name, access_of(name) | appending, new_file_mode));
  // A socket cannot be opened anew, but send() can be told not to wait.
  if (!opened.file_ && path == "-" && is_socket(STDOUT_FILENO)) {
    opened.file_.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    opened.kind_ = kind::socket;
  }
  if (!opened.file_) return refusal(path, errno);
  struct stat found{};
  if (::fstat(opened.file_.get(), &found) != 0) return refusal(path, errno);
  if (S_ISFIFO(found.st_mode)) opened.kind_ = kind::pipe;
  return opened;
}

result<void> log_file::check(const std::string& path) {
  struct stat found{};
  if (path == "-" || ::stat(path.c_str(), &found) == 0) {
    const auto opened = open(path);
    return opened ? result<void>() : opened.error();
  }
  if (errno != ENOENT) return refusal(path, errno);
  const auto slash = path.rfind('/');
  const auto directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return refusal(path, errno);
  }
  return {};
}

log_file::written log_file::write(std::string_view lines) noexcept {
  written done;
  if (torn_) {
    if (write_once("\n") != 1) return {0, errno};
    torn_ = mid_line_ = false;
  }
  while (done.bytes < lines.size()) {
    auto piece = lines.substr(done.bytes);
    if (kind_ == kind::pipe) piece = lines_within(piece, PIPE_BUF);
    const auto count = write_once(piece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      done.error = count < 0 ? errno : EIO;
      break;
    }
    done.bytes += static_cast<std::size_t>(count);
    mid_line_ = lines[done.bytes - 1] != '\n';
  }
  return done;
}

long log_file::write_once(std::string_view bytes) const noexcept {
  if (kind_ == kind::socket) {
    return ::send(file_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  return ::write(file_.get(), bytes.data(), bytes.size());
}

}  // namespace shoal::observe
