#include "cluster/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "cluster/options/units.h"

namespace shoal::cluster {
namespace {

error unreadable(const std::string& path, int code) {
  return system_error(code, "cannot read " + path);
}

error refused(const std::string& path, const std::string& why) {
  return {0, "cannot read " + path + ": " + why};
}

/// Up to one byte more than `most`: a file may grow while it is read.
result<std::string> read_up_to(int file, const std::string& path, std::size_t most) {
  std::string text(most + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto count = ::read(file, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

}  // namespace

result<std::string> read_small_file(const std::string& path, std::size_t most) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return unreadable(path, errno);
  struct stat found{};
  if (::fstat(file.get(), &found) != 0) return unreadable(path, errno);
  if (S_ISDIR(found.st_mode)) return refused(path, "it is a directory");
  if (!S_ISREG(found.st_mode)) return refused(path, "it is no regular file");
  auto text = read_up_to(file.get(), path, most);
  if (text && text.value().size() > most) {
    return refused(path, "it has more than " + show_bytes(most));
  }
  return text;
}

}  // namespace shoal::cluster
