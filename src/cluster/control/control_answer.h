// What the control socket answers, and how it looks on the wire. One answer for each connection.
#pragma once

#include <string>
#include <string_view>

namespace shoal::cluster {

/// What becomes of the connection when all has been said.
enum class control_after : unsigned char {
  close,
  hold,   ///< it ends with this process, and the client sees by that when that is
  follow  ///< events follow as they happen, until the client goes
};

struct control_answer {
  int status = 200;
  std::string_view type = "application/json";  ///< a literal
  std::string body;
  std::string_view allow{};  ///< of a 405, a literal: what the path can do
  control_after after = control_after::close;
};

/// application/problem+json (RFC 9457), or the detail alone as a line for people.
[[nodiscard]] control_answer control_problem(int status, std::string_view detail, bool plain);

/// Head and body. Only what is closed has a length: else the connection's end is the body's.
[[nodiscard]] std::string to_bytes(const control_answer& answer);

}  // namespace shoal::cluster
