// The way of descriptors to the owner of one box. They cannot lie in shared memory, so each goes
// through a socket pair that was made before the first fork, and bears the place in the box of the
// letter that it belongs to. The letter says when it is due: the socket keeps no order.
//
//   sender   claims a place in the box, sends the descriptor, fills the place
//   reader   takes the letter, then looks for its descriptor; what comes for later letters waits
//
// A sender that is killed in between leaves a descriptor for a place that nobody fills: when the
// reader has passed it, it is closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace shoal::cluster {

/// Threads: any, of any process.
class parcel_line final {
 public:
  static result<parcel_line> open();

  /// A duplicate of `fd`. Never waits. False: there is no room, here or for the kernel's count of
  /// descriptors that are on their way (RLIMIT_NOFILE).
  [[nodiscard]] bool send(std::uint64_t place, int fd) const noexcept;

  struct parcel {
    std::uint64_t place = 0;
    descriptor what;  ///< none if there was no number free for it
  };
  /// Of the owner. False: there is none now.
  [[nodiscard]] bool take(parcel& into) const noexcept;

  [[nodiscard]] int near_end() const noexcept { return near_.get(); }
  [[nodiscard]] int far_end() const noexcept { return far_.get(); }

 private:
  parcel_line(descriptor near, descriptor far) noexcept
      : near_(std::move(near)), far_(std::move(far)) {}

  descriptor near_;  // the owner's
  descriptor far_;   // the senders'
};

/// What an owner has taken out of his line. Threads: the owner's.
class parcel_shelf final {
 public:
  explicit parcel_shelf(const parcel_line& line);

  /// Of the letter that lay there. None: it was lost.
  [[nodiscard]] descriptor take(std::uint64_t place) noexcept;

  /// Closes what belongs to places before this one, of which no letter comes any more.
  void pass(std::uint64_t place) noexcept;

  /// Somebody else reads from now on.
  void give_back() noexcept;

 private:
  static constexpr std::size_t most = 512;  // more than a socket's default buffer holds

  const parcel_line& line_;
  std::vector<parcel_line::parcel> all_;
};

}  // namespace shoal::cluster
