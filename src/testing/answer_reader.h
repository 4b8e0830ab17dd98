// Reads answers out of the bytes of one connection. Written for tests and apart from the engine, so
// that an error of the one is no error of the other: strict, and an exception for what is no HTTP.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shoal/testing/answer.h"

namespace shoal::test {

class answer_reader final {
 public:
  /// Takes the next head from the front of `bytes`. False: it is not whole yet. 1xx are skipped.
  /// `to_head`: the request was a HEAD, so there is no body.
  [[nodiscard]] bool read_head(std::string& bytes, bool to_head, answer& into);

  /// Takes what there is of the body. `ended`: no more bytes will come.
  [[nodiscard]] std::string read_body(std::string& bytes, bool ended);

  [[nodiscard]] bool body_over() const noexcept { return part_ == part::none; }

 private:
  enum class part : std::uint8_t { none, counted, chunk_size, chunk, chunk_end, trailers, to_end };

  void expect_body(bool to_head, const answer& head);
  [[nodiscard]] bool step(std::string& bytes, std::string& body);

  part part_ = part::none;
  std::uint64_t left_ = 0;  // of a counted body or a chunk
};

/// "GET /x HTTP/1.1\r\n..." with the Host and Content-Length that are missing.
[[nodiscard]] std::string write_request(std::string_view method, std::string_view target,
                                        const fields& headers, std::string_view body);

}  // namespace shoal::test
