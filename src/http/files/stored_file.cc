#include "http/files/stored_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <ctime>
#include <iterator>
#include <string_view>

#include "http/date.h"

namespace shoal::http {
namespace {

// A link that has ".." in it can meet a rename elsewhere, and the kernel cannot say where it leads.
constexpr int tries = 4;

int open_at(int root, const char* path, std::uint64_t flags) noexcept {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int left = tries; left > 0; --left) {
    const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EAGAIN && errno != EINTR) return -errno;
  }
  return -EAGAIN;
}

void append_hex(std::string& text, std::uint64_t number) {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr;
  text.append(std::begin(digits), end);
}

std::string make_etag(const struct stat& facts) {
  const auto changed = static_cast<std::uint64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 +
                       static_cast<std::uint64_t>(facts.st_mtim.tv_nsec);
  std::string etag = "\"";
  append_hex(etag, facts.st_ino);
  append_hex(etag += '-', static_cast<std::uint64_t>(facts.st_size));
  append_hex(etag += '-', changed);
  return etag += '"';
}

}  // namespace

result<descriptor> open_root(const std::string& path) {
  descriptor root(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return system_error(errno, "cannot serve files from \"" + path + "\"");
  const descriptor trial(open_at(root.get(), ".", O_PATH));
  if (!trial) {
    return system_error(errno, "cannot open files below \"" + path +
                                   "\" alone: openat2 is needed, of Linux 5.6 and not denied by a "
                                   "system call filter");
  }
  return root;
}

int open_below(int root, const std::string& path, stored_file& opened) {
  // Without waiting, should it be a FIFO or a device.
  const int fd = open_at(root, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return -fd;
  opened.file = std::make_shared<const open_file>(fd);
  struct stat facts{};
  if (::fstat(fd, &facts) != 0) return errno;
  if (S_ISDIR(facts.st_mode)) return EISDIR;
  if (!S_ISREG(facts.st_mode)) return ENOENT;
  opened.bytes = static_cast<std::uint64_t>(facts.st_size);
  opened.modified = std::chrono::sys_seconds(std::chrono::seconds(facts.st_mtim.tv_sec));
  opened.etag = make_etag(facts);
  opened.last_modified.resize(date_size);
  write_date(opened.modified, opened.last_modified.data());
  return 0;
}

}  // namespace shoal::http
