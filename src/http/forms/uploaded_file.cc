#include "shoal/http/uploaded_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace shoal {
namespace {

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// EISDIR and EOPNOTSUPP: a kernel or a file system without nameless files.
int open_nameless(const std::string& directory) noexcept {
  const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 && (errno == EISDIR || errno == EOPNOTSUPP)) errno = 0;
  return fd;
}

}  // namespace

uploaded_file::uploaded_file(part_head head, const std::string& directory, bool nameless)
    : head_(std::move(head)) {
  if (nameless) {
    fd_ = open_nameless(directory);
    if (fd_ < 0 && errno != 0) throw_errno("cannot make a file in " + directory);
  }
  if (fd_ >= 0) return;
  path_ = directory + "/shoal-upload-XXXXXX";
  fd_ = ::mkostemp(path_.data(), O_CLOEXEC);
  if (fd_ < 0) throw_errno("cannot make a file in " + directory);
}

uploaded_file::uploaded_file(uploaded_file&& other) noexcept
    : head_(std::move(other.head_)),
      path_(std::exchange(other.path_, {})),
      bytes_(other.bytes_),
      fd_(std::exchange(other.fd_, -1)) {}

uploaded_file& uploaded_file::operator=(uploaded_file&& other) noexcept {
  if (this == &other) return *this;
  remove();
  head_ = std::move(other.head_);
  path_ = std::exchange(other.path_, {});
  bytes_ = other.bytes_;
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

uploaded_file::~uploaded_file() { remove(); }

void uploaded_file::remove() noexcept {
  if (fd_ < 0) return;
  if (!path_.empty()) ::unlink(path_.c_str());
  ::close(std::exchange(fd_, -1));
}

void uploaded_file::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("cannot write an uploaded file");
    bytes.remove_prefix(static_cast<std::size_t>(written));
    bytes_ += static_cast<std::uint64_t>(written);
  }
}

// A link does not replace what is there, where a rename would.
void uploaded_file::keep(const std::string& path) {
  const bool nameless = path_.empty();
  const std::string from = nameless ? "/proc/self/fd/" + std::to_string(fd_) : path_;
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, path.c_str(), nameless ? AT_SYMLINK_FOLLOW : 0) !=
      0)
    throw_errno("cannot keep an uploaded file as " + path);
  if (!nameless) ::unlink(std::exchange(path_, {}).c_str());
}

}  // namespace shoal
