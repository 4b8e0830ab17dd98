// A server on the simulated network with its routes, and what its answers say.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "shoal/http/problem.h"
#include "shoal/http/routes.h"
#include "testing/simulated_server.h"

namespace shoal::http {

/// A server with routes of its own.
struct site final : test::simulated_server {
  using simulated_server::simulated_server;
  ~site() { server.reset(); }  // before the routes that it serves

  /// After the routes are there.
  void open(server_options options = {}) { simulated_server::open(routes, options); }

  http::routes routes;
};

/// The body of an error answer.
inline std::string problem_body(status code, std::string_view detail = {}) {
  return std::string(problem(code, detail).body());
}

/// The answer's parts, for tests that send one request.
struct parsed_answer {
  explicit parsed_answer(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return;
    head = bytes.substr(0, end + 2);
    rest = bytes.substr(end + 4);
    if (head.size() > 12) status = std::atoi(std::string(head.substr(9, 3)).c_str());
  }
  [[nodiscard]] bool has(std::string_view line) const {
    return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
  }
  int status = 0;
  std::string head;
  std::string rest;
};

/// `count` answers' bodies, by Content-Length, joined by '|'; with "?" behind what does not parse.
inline std::string bodies_of(std::string_view bytes) {
  std::string joined;
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n\r\n");
    const auto length = bytes.find("Content-Length: ");
    if (end == std::string_view::npos || length == std::string_view::npos || length > end) {
      return joined + "?";
    }
    const auto size = std::strtoul(std::string(bytes.substr(length + 16, 20)).c_str(), nullptr, 10);
    if (!joined.empty()) joined += '|';
    joined += bytes.substr(end + 4, size);
    bytes.remove_prefix(std::min(bytes.size(), end + 4 + size));
  }
  return joined;
}

}  // namespace shoal::http
