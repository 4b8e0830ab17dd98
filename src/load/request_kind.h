// A kind of request: what is sent, how often beside the others, and what must come back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::load {

/// What an answer must be like.
struct expectation {
  unsigned status = 0;                  ///< 0: any from 200 to 299
  std::optional<std::uint64_t> length;  ///< of the body
  std::optional<std::string> body;      ///< byte for byte
  bool same = false;                    ///< the body is that of the first answer of this kind

  /// 503 with Retry-After is right as well, whatever its body: a server that has too much to do.
  bool may_refuse = false;
};

struct request_kind {
  std::string name;
  double weight = 1;  ///< its share of all requests is its weight by the sum of all weights
  std::string method = "GET";
  std::string path = "/";
  std::vector<std::string> fields;  ///< "Name: value"
  std::string body;
  expectation expected;

  /// In an open loop: while one of these is out, its connection gets no other request. What waits
  /// behind a slow request of its own client's making says nothing about the server.
  bool alone = false;
};

/// "WEIGHT METHOD PATH", named as it is without its weight.
[[nodiscard]] result<request_kind> parse_request(std::string_view text);

/// Whether it is a request at all: a method, a target and fields that hold no line breaks.
[[nodiscard]] result<void> check_request(const request_kind&);

/// Its bytes. Host, Content-Length and Connection are set where no field of it says them.
[[nodiscard]] std::string make_request(const request_kind&, std::string_view host,
                                       bool keep_alive = true);

}  // namespace shoal::load
