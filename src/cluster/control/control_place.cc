#include "cluster/control/control_place.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/log.h"
#include "cluster/listen/address.h"
#include "cluster/options/units.h"

namespace shoal::cluster {
namespace {

namespace fs = std::filesystem;

constexpr int backlog = 64;
constexpr std::size_t longest_name = 40;  // the kernel takes paths of 107 bytes
constexpr std::string_view ending = ".sock";

result<control_socket> open_at(const std::string& path) {
  const auto where = parse_address("unix:" + path);
  if (!where) return where.error();
  descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return system_error(errno, "cannot open the control socket");
  auto file = socket_file::bind(socket.get(), where.value(), control_mode);
  if (!file) return file.error();
  if (::listen(socket.get(), backlog) != 0) return system_error(errno, "cannot listen on " + path);
  return control_socket{std::move(socket), std::move(file).value(), path};
}

/// Of "NAME-PID.sock".
std::optional<pid_t> pid_in(const std::string& file_name) {
  if (!file_name.ends_with(ending)) return std::nullopt;
  const auto stem = file_name.substr(0, file_name.size() - ending.size());
  const auto pid = parse_number(std::string_view(stem).substr(stem.rfind('-') + 1));
  if (!pid || *pid == 0 || *pid > 1U << 30) return std::nullopt;
  return static_cast<pid_t>(*pid);
}

/// Neither does anybody listen there nor is there a process of that number, which might be about
/// to.
bool is_abandoned(const fs::path& file) {
  const auto pid = pid_in(file.filename().string());
  const auto where = parse_address("unix:" + file.string());
  return pid && where && ::kill(*pid, 0) != 0 && errno == ESRCH && is_left_over(where.value());
}

void sweep(const std::string& directory) {
  std::error_code gone;
  for (fs::directory_iterator at(directory, gone), end; !gone && at != end; at.increment(gone)) {
    if (is_abandoned(at->path())) ::unlink(at->path().c_str());
  }
}

}  // namespace

std::string full_path(const std::string& wish) {
  std::error_code unknown;
  const auto path = fs::weakly_canonical(fs::absolute(wish), unknown);
  return unknown ? fs::absolute(wish).string() : path.string();
}

std::vector<std::string> control_directories(const char* runtime_directory) {
  std::vector<std::string> all = {"/run/shoal"};
  if (runtime_directory != nullptr && *runtime_directory == '/') {
    all.push_back(std::string(runtime_directory) + "/shoal");
  }
  return all;
}

result<std::optional<control_socket>> open_control_socket(
    const std::string& wish, std::string_view program,
    const std::vector<std::string>& directories) {
  if (wish == "none") return std::optional<control_socket>();
  if (wish != "auto") {
    auto opened = open_at(full_path(wish));
    if (!opened) return error{opened.error().code, "--control: " + opened.error().message};
    return std::optional(std::move(opened).value());
  }
  const auto name = std::string(program.substr(0, longest_name)) + "-" +
                    std::to_string(::getpid()) + std::string(ending);
  std::string why;
  for (const auto& directory : directories) {
    ::mkdir(directory.c_str(), 0755);
    sweep(directory);
    auto opened = open_at(directory + "/" + name);
    if (opened) return std::optional(std::move(opened).value());
    why += "; " + opened.error().message;
  }
  log_info("there is no control socket" + why + "; --control PATH says where it can be");
  return std::optional<control_socket>();
}

// Whoever calls it last is the peer of those who connect.
void listen_anew(const control_socket& which) noexcept { ::listen(which.socket.get(), backlog); }

void take_file(control_socket& which) noexcept {
  if (!which.file) which.file.emplace(socket_file::adopt(which.path));
}

void leave_file(control_socket& which) noexcept {
  if (which.file) which.file->leave();
  which.file.reset();
}

result<void> check_control_wish(std::string_view wish) {
  const auto where = parse_address("unix:" + std::string(wish));
  if (!where) return error{0, "must be auto, none or a path of 1 to 107 bytes"};
  return {};
}

}  // namespace shoal::cluster
