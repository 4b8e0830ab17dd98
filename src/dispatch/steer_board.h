// What workers and whoever chooses among them share: the steering table and the bell.
#pragma once

#include <span>

#include "base/descriptor.h"
#include "base/result.h"
#include "dispatch/steer_table.h"
#include "shm/segment.h"

namespace shoal::dispatch {

/// Made before the fork; a child has it too. Threads: see steer_table.h.
class steer_board final {
 public:
  static result<steer_board> make(unsigned workers);

  /// Over a table that is there already: the eBPF program's.
  static result<steer_board> over(shm::mapping table, unsigned workers);

  [[nodiscard]] std::span<steer_entry> entries() const noexcept {
    return {reinterpret_cast<steer_entry*>(table_.data()), workers_};
  }
  [[nodiscard]] steer_bell& bell() const noexcept {
    return *reinterpret_cast<steer_bell*>(bell_.data());
  }
  /// Readable when a worker has rung.
  [[nodiscard]] int bell_fd() const noexcept { return bell_fd_.get(); }

  /// A process whose entries another has taken over goes on in a copy of its own.
  [[nodiscard]] result<void> leave_entries() const noexcept { return table_.make_private(); }

  [[nodiscard]] steer_pen pen(unsigned worker) const noexcept {
    return {entries()[worker], bell(), bell_fd()};
  }

 private:
  steer_board(shm::mapping table, shm::mapping bell, descriptor bell_fd, unsigned workers) noexcept;

  shm::mapping table_;
  shm::mapping bell_;
  descriptor bell_fd_;
  unsigned workers_;
};

}  // namespace shoal::dispatch
