#pragma once

#include <functional>
#include <memory>
#include <source_location>
#include <string_view>
#include <utility>

#include "shoal/http/handler.h"
#include "shoal/http/method.h"
#include "shoal/http/worker.h"

namespace shoal::http {

/// The routes of an app and the states of its workers. Built once before the workers start, and
/// not changed afterwards: they share it without locks.
///
///   app.get<"/users/{id}">([](shoal::context& c, std::uint64_t id) { return ...; });
///
/// A pattern's segments are literal, `{name}` or, last, `{name...}` (the rest). The most specific
/// route wins, whatever the order; two that are equally specific are refused when the app starts,
/// with both places. HEAD is answered from GET, OPTIONS from what is there.
class routes {
 public:
  routes();
  ~routes();
  routes(routes&&) noexcept;
  routes& operator=(routes&&) noexcept;

  using place = std::source_location;

  template <fixed_string Pattern, handler F>
  void get(F f, place at = place::current()) {
    add<Pattern>(method::get, std::move(f), at);
  }
  template <fixed_string Pattern, handler F>
  void head(F f, place at = place::current()) {
    add<Pattern>(method::head, std::move(f), at);
  }
  template <fixed_string Pattern, handler F>
  void post(F f, place at = place::current()) {
    add<Pattern>(method::post, std::move(f), at);
  }
  template <fixed_string Pattern, handler F>
  void put(F f, place at = place::current()) {
    add<Pattern>(method::put, std::move(f), at);
  }
  template <fixed_string Pattern, handler F>
  void patch(F f, place at = place::current()) {
    add<Pattern>(method::patch, std::move(f), at);
  }
  template <fixed_string Pattern, handler F>
  void del(F f, place at = place::current()) {
    add<Pattern>(method::del, std::move(f), at);
  }
  template <fixed_string Pattern, handler F>
  void options(F f, place at = place::current()) {
    add<Pattern>(method::options, std::move(f), at);
  }
  /// Every method that has no route of its own for this pattern.
  template <fixed_string Pattern, handler F>
  void any(F f, place at = place::current()) {
    add<Pattern>(method::other, std::move(f), at);
  }

  /// Gives every worker a T of its own, made on its pinned thread before it serves. What the
  /// factory throws ends the start, with its text.
  template <typename T>
  void state(std::function<T(worker&)> factory) {
    add_state(
        [factory = std::move(factory)](worker& w) { w.adopt(std::make_shared<T>(factory(w))); });
  }
  template <typename T>
  void state() {
    add_state([](worker& w) {
      if constexpr (std::is_constructible_v<T, worker&>) {
        w.adopt(std::make_shared<T>(w));
      } else {
        w.adopt(std::make_shared<T>());
      }
    });
  }

  /// What the server works with: matching, and the checks that come before it.
  struct table;

  /// Ends registration. Returns the table, or nullptr and `problem` says which routes conflict or
  /// which pattern is none, with their places.
  [[nodiscard]] const table* freeze(std::string& problem);

  /// Makes the states of a worker, on its thread. Throws what a factory throws.
  void make_states(worker& w) const;

 private:
  template <fixed_string Pattern, handler F>
  void add(method verb, F f, place at) {
    add(verb, Pattern.view(), handler_adapter<F, parameters_in(Pattern.view())>::make(std::move(f)),
        at);
  }
  void add(method verb, std::string_view pattern, endpoint target, place at);
  void add_state(std::function<void(worker&)> make);

  std::unique_ptr<table> table_;
};

}  // namespace shoal::http
