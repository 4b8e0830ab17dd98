// Reads a stream of answers and checks every one: status line, Content-Length framing and, if asked
// for, the whole body.
//
// A server sends nearly the same bytes again and again. An answer that is equal, byte for byte, to
// one that passed the check needs no second one, and comparing 150 bytes costs a few nanoseconds.
// Only what differs (the Date, once a second) is read line by line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::load {

/// What every answer must look like, and the last one that did. Shared by the connections of a
/// thread.
struct answer_check {
  unsigned status = 200;
  bool head_only = false;  ///< answers to HEAD carry no body
  bool compare_body = false;
  std::string body;  ///< what the body must be, if compare_body

  /// 503 with Retry-After is right as well, whatever its body: a server that has too much to do.
  bool may_refuse = false;

  std::string known;  ///< a whole answer that has passed; for the scanner
};

enum class answer_fault : std::uint8_t {
  none,
  status,   ///< another status than the expected one
  framing,  ///< not HTTP/1.x, no Content-Length, chunked, or a head above 16 KiB
  body,     ///< the body differs
};

/// What a piece of the stream brought.
struct scan {
  unsigned answers = 0;   ///< complete answers that ended in this piece
  unsigned refusals = 0;  ///< how many of them were 503, where the check permits it
  answer_fault fault = answer_fault::none;
  bool last = false;  ///< the server said "Connection: close"; nothing after it was read
};

/// The answers of one connection. After a fault or a last answer: clear() before the next take().
class answer_scanner final {
 public:
  explicit answer_scanner(answer_check& check) noexcept : check_(check) {}

  /// Pieces may end anywhere. Cost: one comparison for each answer in the usual case.
  [[nodiscard]] scan take(std::string_view piece);

  /// In the middle of an answer.
  [[nodiscard]] bool partial() const noexcept { return !head_.empty() || body_left_ != 0; }

  void clear() noexcept;

 private:
  [[nodiscard]] std::string_view take_slowly(std::string_view piece, scan& found);
  [[nodiscard]] std::string_view take_head(std::string_view piece, scan& found);
  [[nodiscard]] std::string_view take_body(std::string_view piece, scan& found);
  void read_head(std::string_view head, scan& found);
  void read_field(std::string_view line, scan& found);

  answer_check& check_;
  std::string head_;              // the beginning of a head that came in pieces
  std::uint64_t body_bytes_ = 0;  // of the answer whose head was read last
  std::uint64_t body_left_ = 0;   // not received yet
  bool has_length_ = false;
  bool has_retry_after_ = false;
  bool refusal_ = false;
  bool last_ = false;
};

}  // namespace shoal::load
