// Where a load goes: from a URL, or a path in the file system, to an address that answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/socket_address.h"

namespace shoal::load {

/// The parts of "http://name:8080/path"; "http://" may be left out.
struct url {
  std::string name;         ///< without brackets
  std::uint16_t port = 80;  ///< never 0
  std::string host;         ///< as the Host field has it: "name:8080", "[::1]"
  std::string path = "/";   ///< with the query
};
[[nodiscard]] result<url> parse_url(std::string_view text);

struct target {
  std::string host;  ///< for the Host field
  std::string path = "/";
  io::socket_address address;

  [[nodiscard]] std::string text() const { return "http://" + host + path; }
};

/// "127.0.0.1:8080": IPv4, numeric. For programs that load servers of this machine only.
[[nodiscard]] result<target> numeric_target(std::string_view text);

/// All addresses that the name stands for. Blocks while it is looked up.
[[nodiscard]] result<std::vector<io::socket_address>> look_up(const url&);

/// Of a socket at this path.
[[nodiscard]] result<std::vector<io::socket_address>> unix_address(std::string_view path);

/// The first that accepts a connection within `limit`, which is closed again.
[[nodiscard]] result<io::socket_address> first_that_listens(
    const std::vector<io::socket_address>& candidates, std::string_view name,
    std::chrono::milliseconds limit);

}  // namespace shoal::load
