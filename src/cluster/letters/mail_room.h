// The supervisor's letters, and its loop that waits for them. Includes asio, for the supervisor's
// files alone.
#pragma once

#include <fcntl.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <optional>

#include "base/check.h"
#include "cluster/blueprint.h"
#include "cluster/letters/supervisor_letters.h"
#include "http/table.h"

namespace shoal::cluster {

class mail_room final {
 public:
  /// Where the app knows no messages there are none.
  mail_room(const blueprint& plan, asio::io_context& context) : context_(context) {
    if (!plan.post) return;
    const int bell = ::fcntl(plan.post->bell(plan.post->supervisors_bell()), F_DUPFD_CLOEXEC, 3);
    SHOAL_CHECK(bell >= 0);  // the budget counted it
    bell_.emplace(context, bell);
    letters_.emplace(*plan.post, plan.table.messages, self_);
  }

  /// What functions of the app are given.
  [[nodiscard]] shoal::supervisor& self() noexcept { return self_; }

  void open() {
    if (letters_) read();
  }

  /// When all who could have written have ended.
  void read_the_last() noexcept {
    for (std::size_t i = 0; letters_ && i <= most_rounds && !letters_->read(); ++i) {
    }
  }

 private:
  /// Enough for a whole box, and an end for functions that write to themselves.
  static constexpr std::size_t most_rounds = shm::letter_ring::places / supervisor_letters::at_once;

  void read() {
    if (!letters_->read()) return asio::post(context_, [this] { read(); });
    bell_->async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const asio::error_code& failure) {
                        if (!failure) read();
                      });
  }

  asio::io_context& context_;
  shoal::supervisor self_;
  std::optional<asio::posix::stream_descriptor> bell_;
  std::optional<supervisor_letters> letters_;
};

}  // namespace shoal::cluster
