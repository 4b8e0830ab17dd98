#include "bench/file_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/descriptor.h"

namespace shoal::bench {
namespace {

constexpr std::size_t bytes_max = std::size_t{512} << 20;

/// 0, or the errno of what went wrong.
int write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return 0;
}

/// Some disks say only at the end that they are full.
int write_new(const std::string& path, std::string_view text) noexcept {
  descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return errno;
  const int failure = write_all(file.get(), text);
  return ::close(file.release()) != 0 && failure == 0 ? errno : failure;
}

}  // namespace

result<void> write_file(const std::string& path, std::string_view text) {
  const std::string partial = path + ".partial";
  int failure = write_new(partial, text);
  if (failure == 0 && std::rename(partial.c_str(), path.c_str()) != 0) failure = errno;
  if (failure == 0) return {};
  ::unlink(partial.c_str());
  return system_error(failure, "cannot write " + path);
}

result<std::string> read_file(const std::string& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_error(errno, "cannot read " + path);
  std::string text;
  for (;;) {
    constexpr std::size_t piece = std::size_t{1} << 16;
    const std::size_t before = text.size();
    text.resize(before + piece);
    const ssize_t got = ::read(file.get(), text.data() + before, piece);
    if (got < 0 && errno != EINTR) return system_error(errno, "cannot read " + path);
    text.resize(before + static_cast<std::size_t>(got < 0 ? 0 : got));
    if (got == 0) return text;
    if (text.size() > bytes_max)
      return error{EFBIG, path + " is larger than 512 MiB; no results.json is"};
  }
}

result<void> print(std::string_view text) {
  const bool all = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (all && std::fflush(stdout) == 0) return {};
  return system_error(errno, "cannot write to stdout");
}

}  // namespace shoal::bench
