// Lines of text over one TCP connection, for the two hosts of a run.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "bench/child_process.h"

namespace shoal::bench {

inline constexpr std::size_t most_line_bytes = 1 << 20;

class line_channel final {
 public:
  /// A connected socket. A peer that has vanished is noticed within silence_limit
  /// (line_channel.cc).
  explicit line_channel(descriptor socket) noexcept;

  /// To "name:7077", by IPv4: to the first address that answers within a few seconds.
  [[nodiscard]] static result<line_channel> connect(const std::string& where);

  /// Of the connection, without ports: "10.0.0.1".
  [[nodiscard]] std::string own_address() const;
  [[nodiscard]] std::string peer_address() const;

  /// Errors: the connection is lost, or takes nothing more.
  [[nodiscard]] result<void> send(std::string line);

  /// Errors: as above; ETIMEDOUT, also where bytes come and no line does; EMSGSIZE; EINTR, if
  /// `stop` has said so.
  [[nodiscard]] result<std::string> receive(monotonic_time until, const interruption& stop);

  /// The same of what is there, without waiting. Nothing: no line yet.
  [[nodiscard]] result<std::optional<std::string>> receive_now();

  /// Whether a line has been received in full, or more can be read, or it has ended.
  [[nodiscard]] bool anything_to_read() const noexcept;

  /// To wait for.
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }

 private:
  [[nodiscard]] std::optional<std::string> take_line();
  [[nodiscard]] result<void> read_some();

  descriptor socket_;
  std::string bytes_;         // received, and not asked for
  std::size_t searched_ = 0;  // of them, without a line's end
};

}  // namespace shoal::bench
