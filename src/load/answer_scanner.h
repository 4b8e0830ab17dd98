// Reads a stream of answers and checks every one: status, framing and, if asked for, length and
// body.
//
// A server sends nearly the same bytes again and again. An answer that is equal, byte for byte, to
// one that passed the check needs no second one, and comparing 150 bytes costs a few nanoseconds.
// Only what differs (the Date, once a second) is read line by line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "load/chunk_reader.h"
#include "load/first_body.h"
#include "load/request_kind.h"

namespace shoal::load {

/// What the answers to one kind of request must be like, and the last one that was. Of one thread.
struct answer_check {
  expectation wanted;
  bool head_only = false;       ///< answers to HEAD carry no body
  first_body* first = nullptr;  ///< if wanted.same; not owned
  std::string known;            ///< a whole answer that has passed; for the scanner
};

enum class answer_fault : std::uint8_t {
  none,
  status,   ///< another status than the expected one
  framing,  ///< no HTTP/1 answer whose end could be known: the stream is of no more use
  length,   ///< the body is longer or shorter than it should be
  body,     ///< a byte of the body differs
};

/// What the front of a piece was.
struct reading {
  bool complete = false;  ///< the answer has ended, right or wrong
  bool refused = false;   ///< 503 where the check permits it
  bool last = false;      ///< no other answer follows on this connection
  answer_fault fault = answer_fault::none;
};

/// The answers of one connection, one after another.
class answer_scanner final {
 public:
  /// The first answer's body is kept up to this size where all others must be the same.
  static constexpr std::size_t longest_kept_body = std::size_t{64} << 20;

  /// Reads on in the answer to which `check` belongs, and takes what is of it from the front of
  /// `piece`: all, unless the answer is complete or its framing is wrong. Pieces may end anywhere.
  /// Cost: one comparison in the usual case.
  [[nodiscard]] reading take(std::string_view& piece, answer_check& check) {
    if (!partial() && !check.known.empty() && piece.starts_with(check.known)) {
      piece.remove_prefix(check.known.size());
      return {.complete = true};
    }
    return take_slowly(piece, check);
  }

  /// The server has ended the stream: complete if that is how the answer says where it ends.
  [[nodiscard]] reading end(answer_check& check);

  /// In the middle of an answer.
  [[nodiscard]] bool partial() const noexcept { return phase_ != phase::head || !head_.empty(); }

  /// Before another stream.
  void clear() noexcept;

 private:
  enum class phase : std::uint8_t { head, counted, chunked, until_end, done };

  [[nodiscard]] reading take_slowly(std::string_view& piece, answer_check& check);
  [[nodiscard]] bool take_head(std::string_view& piece);
  void read_head(std::string_view head, const answer_check& check);
  void read_field(std::string_view line);
  void judge_head(unsigned status, const answer_check& check);
  void choose_framing(unsigned status, const answer_check& check);
  void take_body(std::string_view& piece);
  void take_chunks(std::string_view& piece);
  void judge_bytes(std::string_view bytes);
  void judge_end(const answer_check& check);
  [[nodiscard]] reading finish(const answer_check& check);
  /// The first fault counts, unless the end of the answer cannot be known any more.
  void find_fault(answer_fault fault) noexcept {
    if (fault_ == answer_fault::none || fault == answer_fault::framing) fault_ = fault;
  }

  phase phase_ = phase::head;
  answer_fault fault_ = answer_fault::none;  // of this answer
  std::string head_;                         // what has come of a head, until it is read

  // Of the head that was read last.
  std::uint64_t length_ = 0;
  bool has_length_ = false;
  bool has_coding_ = false;
  bool chunked_ = false;
  bool has_retry_after_ = false;
  bool old_ = false;  // HTTP/1.0
  bool close_ = false;
  bool keep_alive_ = false;
  bool refusal_ = false;
  bool last_ = false;

  // Of its body.
  chunk_reader chunks_;
  std::uint64_t left_ = 0;                // not received yet, if counted
  std::uint64_t seen_ = 0;                // bytes of it so far
  bool compare_ = false;                  // judge its bytes
  const std::string* against_ = nullptr;  // what they must be; nullptr: these are the first ones
  std::string kept_;                      // the first ones
};

}  // namespace shoal::load
