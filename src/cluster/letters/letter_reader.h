// Takes the letters of one owner out of his box, short ones and long ones, in their order.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cluster/letters/post_office.h"
#include "shoal/http/message.h"

namespace shoal::cluster {

/// Threads: one at a time. Two readers of one box, as in a reload for a moment, get different
/// letters.
class letter_reader final {
 public:
  /// All outlive it.
  letter_reader(const post_office& post, unsigned owner,
                const std::vector<http::message_type>& types);

  struct letter {
    const http::message_type* type;
    std::string_view contents;  ///< until next() is called again
    sender from;
    passed_descriptor with;
  };
  /// The next one, if one is whole. What nobody can make sense of is passed over.
  [[nodiscard]] std::optional<letter> next() noexcept;

  /// Before it sleeps: see letter_ring.
  [[nodiscard]] bool may_sleep() noexcept;

  /// Somebody else reads from now on.
  void leave() noexcept;

 private:
  using room = std::unique_ptr<std::max_align_t[]>;

  [[nodiscard]] std::optional<letter> open(const shm::letter_head& head, std::uint64_t place,
                                           const room& contents) noexcept;

  const std::vector<http::message_type>& types_;
  const pid_t reader_;
  const shm::letter_ring box_;
  const std::optional<shm::letter_sheets> sheets_;
  std::optional<parcel_shelf> parcels_;
  const room short_;
  const room long_;
};

}  // namespace shoal::cluster
