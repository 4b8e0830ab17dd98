// What the supervisor sends to workers and gets from them: a letter_desk without a loop. Whoever
// has the loop waits for the bell and calls read().
#pragma once

#include <string_view>
#include <vector>

#include "cluster/letters/letter_reader.h"
#include "cluster/letters/post_office.h"
#include "shoal/http/message.h"
#include "shoal/http/supervisor.h"

namespace shoal::cluster {

/// Threads: the supervisor's. Nothing here waits: a full box refuses, and a letter that somebody
/// has not finished writing comes another time.
class supervisor_letters final : public http::outbox {
 public:
  /// Then other things have their turn.
  static constexpr unsigned at_once = 64;

  /// Gives itself to `self`. All outlive it.
  supervisor_letters(const post_office& post, const std::vector<http::message_type>& types,
                     shoal::supervisor& self);
  ~supervisor_letters();

  [[nodiscard]] unsigned workers() const noexcept override { return post_.workers(); }
  [[nodiscard]] bool send(unsigned to, const void* type_key, std::string_view what,
                          int fd) override;

  /// Handles what has come, `at_once` at most. False: there may be more, and no bell says so.
  [[nodiscard]] bool read() noexcept;

 private:
  const post_office& post_;
  const std::vector<http::message_type>& types_;
  shoal::supervisor& self_;
  const pid_t author_;
  letter_reader reader_;
};

}  // namespace shoal::cluster
