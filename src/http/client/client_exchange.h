// One request and its answer, on one connection of the pool.
//
// The request is sent by a coroutine of its own, beside the one that reads: a server may answer
// before it has heard all, and it may stop listening until somebody takes the answer.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/client/client_core.h"
#include "http/client/client_pool.h"
#include "http/client/response_head.h"
#include "shoal/coro/scope.h"

namespace shoal::http {

class client_exchange final : public body_sink, private io::runnable {
 public:
  /// Throws std::invalid_argument for what cannot be sent.
  client_exchange(std::shared_ptr<const client_core> core, method verb, std::string target,
                  request_fields fields, request_body body);
  client_exchange(const client_exchange&) = delete;
  client_exchange& operator=(const client_exchange&) = delete;
  ~client_exchange();

  /// Until the answer's head is there.
  task<void> start();

  [[nodiscard]] const response_head& head() const noexcept { return head_; }
  [[nodiscard]] task<std::string_view> next();
  [[nodiscard]] task<std::string> all();

 private:
  using reason = client_error::reason;
  enum class attempt : std::uint8_t { answered, stale };

  void write_head(const std::string& target, const request_fields& fields);
  task<void> find_place(bool fresh);
  task<void> connect();
  task<attempt> ask();
  task<void> send();
  task<void> send_all();
  task<void> put(std::string_view bytes);
  task<void> write(std::string_view bytes) override;
  void run() noexcept override;  // ends the reader after the sender has failed
  task<std::string_view> receive(monotonic_time deadline);
  [[nodiscard]] bool read_head();
  [[nodiscard]] std::string_view take_piece();
  void finish() noexcept;
  [[nodiscard]] nanoseconds left_until(monotonic_time deadline) const noexcept;
  [[nodiscard]] monotonic_time deadline_of(nanoseconds limit) const noexcept;
  [[noreturn]] void fail(reason why, const std::string& text);

  const std::shared_ptr<const client_core> core_;
  const method verb_;
  std::string target_;
  request_body body_;
  std::string out_;    // the request's head, and its body if that is text
  std::string chunk_;  // of a streamed one, on its way
  io::loop* loop_ = nullptr;
  monotonic_time total_ = never;
  monotonic_time head_due_ = never;  // however it drips; set when the request has been sent
  client_pool::place place_;

  std::uint64_t produced_ = 0;  // bytes of a streamed request body
  std::exception_ptr failure_;  // what the producer has thrown
  int send_error_ = 0;
  bool sent_ = false;

  std::string buffer_;      // the head, and what came with it
  std::string_view input_;  // what has come of the body and not been used
  response_head head_;
  chunked_decoder decoder_;
  std::uint64_t remaining_ = 0;  // of a body of known length
  unsigned interim_ = 0;
  bool reused_ = false;
  bool answered_ = false;
  bool over_ = false;
  std::optional<scope> sender_;
};

}  // namespace shoal::http
