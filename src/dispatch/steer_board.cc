#include "dispatch/steer_board.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <utility>

namespace shoal::dispatch {
namespace {

/// The mapping stays when the descriptor is closed.
result<shm::mapping> zeros(std::size_t bytes) {
  const auto memory = shm::segment::create("shoal.steer", bytes);
  if (!memory) return memory.error();
  return shm::mapping::read_write(memory.value().fd(), bytes);
}

}  // namespace

steer_board::steer_board(shm::mapping table, shm::mapping bell, descriptor bell_fd,
                         unsigned workers) noexcept
    : table_(std::move(table)),
      bell_(std::move(bell)),
      bell_fd_(std::move(bell_fd)),
      workers_(workers) {
  for (auto& entry : entries()) entry.weight.store(1, std::memory_order_relaxed);
}

result<steer_board> steer_board::make(unsigned workers) {
  auto table = zeros(workers * sizeof(steer_entry));
  if (!table) return table.error();
  return over(std::move(table).value(), workers);
}

result<steer_board> steer_board::over(shm::mapping table, unsigned workers) {
  auto bell = zeros(sizeof(steer_bell));
  if (!bell) return bell.error();
  descriptor fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return system_error(errno, "cannot make an eventfd for the steering table");
  return steer_board(std::move(table), std::move(bell).value(), std::move(fd), workers);
}

}  // namespace shoal::dispatch
