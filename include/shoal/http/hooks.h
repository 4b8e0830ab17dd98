// What runs around handlers: cheap hooks before and after, and onions, which are coroutines.
//
// For one request: the before hooks, outermost group first; the onions, each around the next; the
// handler; the after hooks, innermost group first. What a handler or an onion throws has become an
// answer when the after hooks see it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "shoal/coro/task.h"
#include "shoal/http/context.h"
#include "shoal/http/response.h"

namespace shoal {

namespace http {
struct chain;
}

/// An answer ends the request here: no onion and no handler runs, the after hooks do. Like
/// handlers, all workers share it: what it keeps must not change.
using before_hook = std::function<std::optional<response>(context&)>;

/// Sees every answer, errors too, and may change it.
using after_hook = std::function<void(context&, response&)>;

/// What an onion awaits to get the answer from further in. Once; an onion that never does answers
/// alone.
class next final {
 public:
  next(const http::chain& of, std::size_t at, context& c) noexcept : of_(of), at_(at), c_(c) {}

  /// Throws what the handler throws.
  [[nodiscard]] task<response> operator()() const;

 private:
  const http::chain& of_;
  std::size_t at_;
  context& c_;
};

/// Cost: a coroutine frame, from the worker's pool.
using middleware = std::function<task<response>(context&, next)>;

}  // namespace shoal
