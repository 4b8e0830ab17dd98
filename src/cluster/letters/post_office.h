// Where the letters of a cluster lie, and how somebody in another process hears of one.
//
// A worker that sleeps waits in its driver, which nobody outside of its process can wake. Its
// process's main thread can, and sleeps in poll(2): so each node process has a bell (an eventfd)
// that any process can ring. Bells and boxes belong to the number of a process, not to its life:
// who follows one that has died or was replaced has the same.
//
// The supervisor has a box and a bell too: it reads and sends as workers do.
//
// A bell that the dead have heard, or have died on the way to, wakes nobody. So who takes the
// boxes over reads them once without being called, and whenever a process has died all bells ring.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/letters/parcel_line.h"
#include "shm/letter_boxes.h"
#include "shoal/http/message.h"

namespace shoal::cluster {

/// Made before the first fork. The owner of a box is a worker's number or the_supervisor.
/// Threads: any, of any process.
class post_office final {
 public:
  /// `homes` has the number of its process for each worker.
  static result<post_office> open(std::vector<unsigned> homes,
                                  const std::vector<http::message_type>& types);

  [[nodiscard]] unsigned workers() const noexcept { return static_cast<unsigned>(homes_.size()); }
  /// What lies in a box itself; what is longer, of types that are encoded, lies on sheets.
  [[nodiscard]] std::size_t short_bytes() const noexcept { return boxes_.most_bytes(); }
  [[nodiscard]] bool has(unsigned owner) const noexcept {
    return owner < workers() || owner == the_supervisor;
  }
  [[nodiscard]] shm::letter_ring box(unsigned owner) const noexcept {
    return boxes_.of(index_of(owner));
  }
  /// None where no type of the app is encoded.
  [[nodiscard]] std::optional<shm::letter_sheets> sheets(unsigned owner) const noexcept {
    return boxes_.sheets_of(index_of(owner));
  }

  /// In the type of a letter: it is a list of sheets; a descriptor comes with it.
  static constexpr std::uint32_t long_mark = 1U << 31;
  static constexpr std::uint32_t with_mark = 1U << 30;

  /// Of its descriptors. nullptr where no type of the app takes one.
  [[nodiscard]] const parcel_line* parcels(unsigned owner) const noexcept {
    return lines_.empty() ? nullptr : &lines_[index_of(owner)];
  }

  struct writer {
    pid_t process;
    unsigned number;  ///< the worker's, or the_supervisor
  };
  /// Puts it into a box; `unheard` asks for call(). Throws as http::outbox::send().
  [[nodiscard]] shm::pushed send(writer from, unsigned to,
                                 const std::vector<http::message_type>& types, const void* type_key,
                                 std::string_view what, int fd) const;

  /// Rings at the process of `owner`, a worker of the cluster or the supervisor.
  void call(unsigned owner) const noexcept {
    ring(owner == the_supervisor ? supervisors_bell() : homes_[owner]);
  }

  /// Of the supervisor, when a process has ended and no other can have its pid yet.
  void died(pid_t process) const noexcept;

  // In a node process, of its own number, or in the supervisor of its bell's.

  /// Behind those of all processes.
  [[nodiscard]] unsigned supervisors_bell() const noexcept {
    return static_cast<unsigned>(bells_.size()) - 1;
  }

  /// Readable: it has rung since the last hush().
  [[nodiscard]] int bell(unsigned process) const noexcept { return bells_[process].get(); }
  void hush(unsigned process) const noexcept;

  /// Of each process; and another one in the supervisor, who waits for its bell with it.
  [[nodiscard]] std::size_t descriptors() const noexcept {
    return bells_.size() + 1 + 2 * lines_.size();
  }

  /// Adds what node processes need open.
  void keep_open(std::vector<int>& descriptors) const;

 private:
  post_office(shm::letter_boxes boxes, std::vector<unsigned> homes, std::vector<descriptor> bells,
              std::vector<parcel_line> lines)
      : boxes_(std::move(boxes)),
        homes_(std::move(homes)),
        bells_(std::move(bells)),
        lines_(std::move(lines)) {}

  [[nodiscard]] unsigned index_of(unsigned owner) const noexcept {
    return owner == the_supervisor ? workers() : owner;
  }
  [[nodiscard]] shm::pushed send_long(pid_t process, unsigned to, const shm::letter_head& head,
                                      std::string_view what, int fd) const noexcept;
  [[nodiscard]] shm::pushed put(pid_t process, unsigned to, shm::letter_head head,
                                const void* contents, int fd) const noexcept;
  void ring(unsigned process) const noexcept;

  shm::letter_boxes boxes_;
  std::vector<unsigned> homes_;
  std::vector<descriptor> bells_;
  std::vector<parcel_line> lines_;  // one for each box
};

}  // namespace shoal::cluster
