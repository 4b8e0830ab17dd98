// The only door to libbpf.
#include "dispatch/steer_ebpf.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "dispatch/bpf/steer_object.h"
#include "dispatch/steer_cbpf.h"
#include "dispatch/steer_table.h"

namespace shoal::dispatch {
namespace {

using object = std::unique_ptr<bpf_object, decltype(&bpf_object__close)>;

error refused(int code, std::string_view what) {
  if (code == EPERM || code == EACCES) {
    return {code,
            "the kernel does not permit eBPF to this user; give the program CAP_BPF (setcap "
            "cap_bpf+ep PROGRAM, or AmbientCapabilities=CAP_BPF in its unit), and in a container "
            "a seccomp profile that allows bpf(2)"};
  }
  return system_error(code, std::string(what) + " (Linux 6.1 has all that it needs)");
}

descriptor make_array(const char* name, std::size_t value, unsigned entries, unsigned flags) {
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  options.map_flags = flags;
  return descriptor(::bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(std::uint32_t),
                                     static_cast<unsigned>(value), entries, &options));
}

/// A map of the object, which is there: we have compiled it in.
bpf_map* map_of(const object& program, const char* name) noexcept {
  bpf_map* const found = ::bpf_object__find_map_by_name(program.get(), name);
  SHOAL_CHECK(found != nullptr);
  return found;
}

/// The array of a program that has just been killed goes a moment after it, and keeps its sockets
/// until then.
constexpr timespec a_moment{0, 2'000'000};
constexpr int moments = 50;

int put(int map, std::uint32_t worker, std::uint64_t socket) noexcept {
  for (int left = moments; ::bpf_map_update_elem(map, &worker, &socket, BPF_ANY) != 0; --left) {
    if (errno != EBUSY || left == 0) return errno;
    ::nanosleep(&a_moment, nullptr);
  }
  return 0;
}

int fill(int map, std::span<const int> sockets) noexcept {
  for (std::uint32_t worker = 0; worker < sockets.size(); ++worker) {
    const int no = put(map, worker, static_cast<std::uint64_t>(sockets[worker]));
    if (no != 0) return no;
  }
  return 0;
}

/// An instance of the program, for sockets of its own and over the maps that all share.
result<object> load_over(int table, int rules, int epoch, int shares, unsigned workers) {
  ::libbpf_set_print(nullptr);  // what it would print, our error says
  object program(::bpf_object__open_mem(steer_object, sizeof steer_object, nullptr),
                 &bpf_object__close);
  if (!program) return refused(errno, "libbpf cannot read the program");
  const std::pair<const char*, int> shared[] = {{"steer_table", table},
                                                {"steer_rules", rules},
                                                {"steer_epoch", epoch},
                                                {"steer_shares", shares}};
  for (const auto& [name, fd] : shared) {
    if (const int no = ::bpf_map__reuse_fd(map_of(program, name), fd); no != 0) {
      return refused(-no, "libbpf cannot share a map");
    }
  }
  SHOAL_CHECK(::bpf_map__set_max_entries(map_of(program, "steer_sockets"), workers) == 0);
  if (const int no = ::bpf_object__load(program.get()); no != 0) {
    return refused(-no, "the kernel refuses the program");
  }
  return program;
}

}  // namespace

result<steer_ebpf::maps> steer_ebpf::make_maps(unsigned workers) {
  maps made;
  constexpr auto word = sizeof(std::uint64_t);
  made.table = make_array("steer_table", sizeof(steer_entry), workers, BPF_F_MMAPABLE);
  if (made.table) made.rules = make_array("steer_rules", sizeof(steer_rules), 1, 0);
  if (made.rules) made.epoch = make_array("steer_epoch", 3 * word, 1, 0);
  if (made.epoch) made.shares = make_array("steer_shares", 2 * word, workers, 0);
  if (!made.shares) return refused(errno, "the kernel refuses a map");
  return made;
}

result<steer_ebpf> steer_ebpf::load(unsigned workers, const steer_rules& rules) {
  auto made = make_maps(workers);
  if (!made) return made.error();
  const auto& m = made.value();
  const auto tried =
      load_over(m.table.get(), m.rules.get(), m.epoch.get(), m.shares.get(), workers);
  if (!tried) return tried.error();
  auto table = shm::mapping::read_write(m.table.get(), workers * sizeof(steer_entry));
  if (!table) return table.error();
  steer_ebpf loaded(std::move(made).value(), std::move(table).value());
  loaded.follow(rules);
  return loaded;
}

result<void> steer_ebpf::attach(std::span<const int> sockets) {
  detach_steering(sockets[0]);  // a program that was there may hold the sockets
  const auto workers = static_cast<unsigned>(sockets.size());
  const auto loaded = load_over(maps_.table.get(), maps_.rules.get(), maps_.epoch.get(),
                                maps_.shares.get(), workers);
  if (!loaded) return loaded.error();
  const auto& program = loaded.value();
  const int array = ::bpf_map__fd(map_of(program, "steer_sockets"));
  if (const int no = fill(array, sockets); no != 0) {
    return refused(no, "a socket cannot be steered to");
  }
  const int fd = ::bpf_program__fd(::bpf_object__find_program_by_name(program.get(), "steer"));
  // The group keeps the program, and the program its maps: the object may end.
  if (::setsockopt(sockets[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &fd, sizeof fd) != 0) {
    return refused(errno, "the program cannot be attached");
  }
  descriptor kept(::fcntl(array, F_DUPFD_CLOEXEC, 3));
  if (!kept) return refused(errno, "no descriptor is left for the sockets' array");
  attached_.push_back({std::move(kept), workers});
  return {};
}

void steer_ebpf::let_go() noexcept {
  for (const auto& array : attached_) {
    for (unsigned worker = 0; worker < array.sockets; ++worker) {
      ::bpf_map_delete_elem(array.map.get(), &worker);
    }
  }
  attached_.clear();
}

void steer_ebpf::follow(const steer_rules& rules) const noexcept {
  const std::uint32_t only = 0;
  // A map that exists takes a value of its size.
  SHOAL_CHECK(::bpf_map_update_elem(maps_.rules.get(), &only, &rules, BPF_ANY) == 0);
}

}  // namespace shoal::dispatch
