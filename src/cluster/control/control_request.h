// What somebody asks of the control socket: one HTTP/1.1 request without a body, read by the parser
// that the server itself uses. Pure functions over bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/parser.h"
#include "shoal/http/method.h"

namespace shoal::cluster {

/// A head of more bytes is refused.
inline constexpr std::uint32_t longest_control_head = 4096;

struct control_request {
  http::method verb = http::method::get;
  std::string path;
  std::vector<std::pair<std::string, std::string>> parameters;  ///< decoded, in their order
  bool plain = false;                                           ///< for people: Accept: text/plain
};

struct control_reading {
  enum class state : unsigned char { partial, complete, refused };

  state is = state::partial;
  control_request request;  ///< when complete
  int status = 0;           ///< when refused; `why` is for the client
  std::string why;
};

/// Of `bytes`, all that has come so far; `progress` is kept between the calls for one request.
[[nodiscard]] control_reading read_control_request(std::string_view bytes,
                                                   http::parse_progress& progress);

/// "1", "true" or nothing behind the name: true; "0" or "false": false; nothing for other texts.
[[nodiscard]] std::optional<bool> parse_control_flag(std::string_view value) noexcept;

}  // namespace shoal::cluster
