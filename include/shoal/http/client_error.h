#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace shoal {

/// Why there is no answer, or none to its end. An answer of any status is not an error.
class client_error final : public std::runtime_error {
 public:
  enum class reason : std::uint8_t {
    connect,    ///< no connection: refused, unreachable, the name is unknown
    busy,       ///< all connections are taken, and the queue is full or took too long
    timeout,    ///< a time limit has passed
    broken,     ///< the connection ended in the middle
    protocol,   ///< what came is no answer of HTTP/1.1
    too_large,  ///< a head or body beyond the limit
  };

  /// "<where>: <what>", such as "GET http://10.0.0.1:80/x: the server sent nothing for 30 s".
  client_error(reason why, const std::string& text) : std::runtime_error(text), why_(why) {}

  [[nodiscard]] reason why() const noexcept { return why_; }

 private:
  reason why_;
};

}  // namespace shoal
