#include "shm/load_finder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/descriptor.h"

namespace shoal::shm {
namespace {

namespace fs = std::filesystem;

/// A memfd's identity: device and inode.
using identity = std::pair<dev_t, ino_t>;

struct sighting {
  descriptor file;  ///< opened read-only, through the first holder
  std::vector<std::uint64_t> holders;
};

std::optional<std::uint64_t> parse_pid(const std::string& text) {
  std::uint64_t pid = 0;
  const auto end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, pid);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return pid;
}

bool is_load_segment(const fs::path& link) {
  std::error_code gone;
  const std::string target = fs::read_symlink(link, gone).string();
  return !gone && target == "/memfd:" + std::string(load_segment_name) + " (deleted)";
}

/// Notes the load segments that process `pid` holds.
void look_at(std::uint64_t pid, const fs::path& process, std::map<identity, sighting>& seen) {
  std::error_code gone;
  for (fs::directory_iterator at(process / "fd", gone), end; !gone && at != end;
       at.increment(gone)) {
    if (!is_load_segment(at->path())) continue;
    // A new open file on the same memory: read-only, whatever the holder's own may do.
    descriptor file(::open(at->path().c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about{};
    if (!file || ::fstat(file.get(), &about) != 0) continue;
    sighting& s = seen[{about.st_dev, about.st_ino}];
    if (!s.file) s.file = std::move(file);
    if (s.holders.empty() || s.holders.back() != pid) s.holders.push_back(pid);
  }
}

/// What process `pid` is called in its own PID namespace: the last number of "NSpid:". A server in
/// a container writes that into its segment.
std::uint64_t inner_pid(std::uint64_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("NSpid:")) continue;
    return parse_pid(line.substr(line.find_last_of(" \t") + 1)).value_or(pid);
  }
  return pid;
}

/// A holder with the creator's number is the creator: were it another process that got the number
/// later, it would not hold the descriptor.
std::uint64_t find_supervisor(const found_segment& s) {
  const auto at = std::find_if(s.holders.begin(), s.holders.end(), [&](std::uint64_t pid) {
    return inner_pid(pid) == s.view.header().supervisor_pid;
  });
  return at == s.holders.end() ? 0 : *at;
}

std::map<identity, sighting> look_everywhere() {
  std::map<identity, sighting> seen;
  std::error_code gone;
  std::vector<std::uint64_t> pids;
  for (fs::directory_iterator at("/proc", gone), end; !gone && at != end; at.increment(gone)) {
    if (const auto pid = parse_pid(at->path().filename().string())) pids.push_back(*pid);
  }
  std::sort(pids.begin(), pids.end());
  for (const std::uint64_t pid : pids) look_at(pid, "/proc/" + std::to_string(pid), seen);
  return seen;
}

}  // namespace

found_segments find_load_segments() {
  found_segments found;
  for (auto& [id, seen] : look_everywhere()) {
    auto view = load_view::open(seen.file.get());
    if (!view) {
      found.refused.push_back(
          {view.error().code,
           "process " + std::to_string(seen.holders.front()) + ": " + view.error().message});
      continue;
    }
    if (view.value().successor() != 0) continue;  // its last processes only finish
    found_segment segment{std::move(view).value(), std::move(seen.holders)};
    segment.supervisor = find_supervisor(segment);
    found.segments.push_back(std::move(segment));
  }
  std::sort(found.segments.begin(), found.segments.end(),
            [](const found_segment& a, const found_segment& b) { return a.holders < b.holders; });
  return found;
}

}  // namespace shoal::shm
