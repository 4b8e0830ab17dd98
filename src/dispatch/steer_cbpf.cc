#include "dispatch/steer_cbpf.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/check.h"

namespace shoal::dispatch {
namespace {

constexpr std::uint64_t range = std::uint64_t{1} << 32;  // of the random number

sock_filter instruction(int code, std::uint32_t k, std::uint8_t if_true = 0) noexcept {
  return {static_cast<std::uint16_t>(code), if_true, 0, k};
}

}  // namespace

std::vector<sock_filter> compile_shares(std::span<const std::uint32_t> shares) {
  SHOAL_CHECK(!shares.empty() && shares.size() <= most_cbpf_workers);
  std::uint64_t sum = 0;
  for (const auto share : shares) sum += share;
  const bool alike = sum == 0;
  if (alike) sum = shares.size();

  std::vector<sock_filter> program;
  program.push_back(instruction(BPF_LD | BPF_W | BPF_ABS,
                                static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM)));
  std::uint64_t below = 0;
  std::uint32_t last = 0;
  for (std::uint32_t worker = 0; worker < shares.size(); ++worker) {
    const std::uint64_t share = alike ? 1 : shares[worker];
    if (share == 0) continue;
    below += share;
    last = worker;
    if (below == sum) break;
    const auto bound =
        static_cast<std::uint32_t>(static_cast<unsigned __int128>(below) * range / sum);
    program.push_back(instruction(BPF_JMP | BPF_JGE | BPF_K, bound, 1));
    program.push_back(instruction(BPF_RET | BPF_K, worker));
  }
  program.push_back(instruction(BPF_RET | BPF_K, last));
  return program;
}

result<void> attach_shares(int socket, std::span<const sock_filter> program) {
  sock_fprog what{};
  what.len = static_cast<unsigned short>(program.size());
  what.filter = const_cast<sock_filter*>(program.data());
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &what, sizeof what) == 0) {
    return {};
  }
  if (errno == ENOMEM) {
    return system_error(ENOMEM,
                        "the kernel has no memory for a classic BPF program; raise "
                        "net.core.optmem_max");
  }
  return system_error(errno, "the kernel refuses a classic BPF program for a group of listeners");
}

void detach_steering(int socket) noexcept {
  const int ignored = 0;
  // ENOENT: nothing is attached, and that is what is wanted.
  ::setsockopt(socket, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &ignored, sizeof ignored);
}

}  // namespace shoal::dispatch
