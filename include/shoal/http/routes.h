#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "shoal/http/ask.h"
#include "shoal/http/handler.h"
#include "shoal/http/hooks.h"
#include "shoal/http/message.h"
#include "shoal/http/method.h"
#include "shoal/http/recurring.h"
#include "shoal/http/route_options.h"
#include "shoal/http/supervisor.h"
#include "shoal/http/worker.h"

namespace shoal::http {

/// All routes, hooks and states of an app. Inside the server.
struct route_table;

/// Where routes are added: an app, or a group of its routes that share a prefix and hooks.
///
/// A pattern's segments are literal, `{name}` or, last, `{name...}` (the rest). The most specific
/// route wins, whatever the order; two that are equally specific are refused when the app starts,
/// with both places. What a route says besides (route_options.h) is the last argument. HEAD is
/// answered from GET, OPTIONS from what is there.
///
/// Lifetime  the app's; a group may be copied
template <std::size_t PrefixParameters>
class route_scope {
 public:
  using place = std::source_location;

  template <fixed_string Pattern, handler F>
  void get(F f, route_options how = {}, place at = place::current()) {
    add<Pattern>(method::get, std::move(f), how, at);
  }
  template <fixed_string Pattern, handler F>
  void head(F f, route_options how = {}, place at = place::current()) {
    add<Pattern>(method::head, std::move(f), how, at);
  }
  template <fixed_string Pattern, handler F>
  void post(F f, route_options how = {}, place at = place::current()) {
    add<Pattern>(method::post, std::move(f), how, at);
  }
  template <fixed_string Pattern, handler F>
  void put(F f, route_options how = {}, place at = place::current()) {
    add<Pattern>(method::put, std::move(f), how, at);
  }
  template <fixed_string Pattern, handler F>
  void patch(F f, route_options how = {}, place at = place::current()) {
    add<Pattern>(method::patch, std::move(f), how, at);
  }
  template <fixed_string Pattern, handler F>
  void del(F f, route_options how = {}, place at = place::current()) {
    add<Pattern>(method::del, std::move(f), how, at);
  }
  template <fixed_string Pattern, handler F>
  void options(F f, route_options how = {}, place at = place::current()) {
    add<Pattern>(method::options, std::move(f), how, at);
  }
  /// Every method that has no route of its own for this pattern.
  template <fixed_string Pattern, handler F>
  void any(F f, route_options how = {}, place at = place::current()) {
    add<Pattern>(method::other, std::move(f), how, at);
  }

  // Hooks of this scope and the groups in it, whichever was added first (shoal/http/hooks.h). Those
  // of the app itself also see what no route answers: 404, 405 and the answer to OPTIONS.
  void before(before_hook hook);
  void after(after_hook hook);
  void use(middleware onion);

  /// Routes below `Prefix`, which begins with a slash and does not end with one. Its parameters
  /// come before those of the route's own pattern.
  template <fixed_string Prefix>
  [[nodiscard]] auto group() {
    return route_scope<PrefixParameters + parameters_in(Prefix.view())>(*table_,
                                                                        open_group(Prefix.view()));
  }

 protected:
  template <std::size_t>
  friend class route_scope;

  route_scope(route_table& table, std::size_t group) noexcept : table_(&table), group_(group) {}

 private:
  template <fixed_string Pattern, handler F>
  void add(method verb, F f, const route_options& how, place at) {
    constexpr auto parameters = PrefixParameters + parameters_in(Pattern.view());
    add_route(*table_, group_, verb, Pattern.view(),
              handler_adapter<F, parameters>::make(std::move(f)), how, at);
  }
  std::size_t open_group(std::string_view prefix);

  route_table* table_;
  std::size_t group_;
};

void add_route(route_table&, std::size_t group, method, std::string_view pattern, endpoint,
               const route_options&, std::source_location);
void add_before(route_table&, std::size_t group, before_hook);
void add_after(route_table&, std::size_t group, after_hook);
void add_around(route_table&, std::size_t group, middleware);
[[nodiscard]] std::size_t add_group(route_table&, std::size_t parent, std::string_view prefix);

template <std::size_t N>
void route_scope<N>::before(before_hook hook) {
  add_before(*table_, group_, std::move(hook));
}
template <std::size_t N>
void route_scope<N>::after(after_hook hook) {
  add_after(*table_, group_, std::move(hook));
}
template <std::size_t N>
void route_scope<N>::use(middleware onion) {
  add_around(*table_, group_, std::move(onion));
}
template <std::size_t N>
std::size_t route_scope<N>::open_group(std::string_view prefix) {
  return add_group(*table_, group_, prefix);
}

/// A handler of messages: returns nothing, and is no coroutine.
template <typename F, typename Self, typename T>
concept takes_descriptor =
    std::invocable<const F&, Self&, const T&, sender, passed_descriptor> &&
    std::is_void_v<std::invoke_result_t<const F&, Self&, const T&, sender, passed_descriptor>>;
template <typename F, typename Self, typename T>
concept takes_message = std::invocable<const F&, Self&, const T&, sender> &&
                        std::is_void_v<std::invoke_result_t<const F&, Self&, const T&, sender>>;
template <typename F, typename Self, typename T>
concept handles_message = takes_message<F, Self, T> || takes_descriptor<F, Self, T>;

template <typename Self, message T, handles_message<Self, T> F>
message_type::function<Self> handler_of(F f) {
  return [f = std::move(f)](Self& self, std::string_view what, sender from,
                            [[maybe_unused]] passed_descriptor&& with) {
    if constexpr (takes_descriptor<F, Self, T>) {
      f(self, message_in<T>(what), from, std::move(with));
    } else {
      f(self, message_in<T>(what), from);
    }
  };
}

/// The routes of an app and the states of its workers. Built once before the workers start, and
/// not changed afterwards: they share it without locks.
///
///   app.get<"/users/{id}">([](shoal::context& c, std::uint64_t id) { return ...; });
class routes : public route_scope<0> {
 public:
  routes();
  ~routes();
  routes(routes&&) noexcept;
  routes& operator=(routes&&) noexcept;

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

  /// What a worker does with a T that another one, or it itself, has sent (docs/messages.md):
  ///
  ///   app.on_message<chat_line>([](shoal::worker& self, const chat_line& line, shoal::sender) {
  ///     self.state<room>().tell(line.text);
  ///   });
  ///
  /// Called on the receiver's thread, one after the other, and must not block. What it throws is
  /// logged. One for each type; two end the start.
  ///
  /// With a shoal::passed_descriptor as its last argument it gets the file descriptor that was sent
  /// with the message, if one was.
  template <message T, typename F>
    requires handles_message<F, worker, T>
  void on_message(F f) {
    auto type = type_of<T>(type_key<T>());
    type.with_descriptor = takes_descriptor<F, worker, T>;
    type.handle = handler_of<worker, T>(std::move(f));
    add_message(std::move(type));
  }

  /// What the supervisor does with a T that a worker has sent to the_supervisor:
  ///
  ///   app.on_supervisor_message<finding>(
  ///       [](shoal::supervisor& self, const finding& what, shoal::sender from) { ... });
  ///
  /// Called in the supervisor's process, on its one thread, one after the other. It must not block:
  /// meanwhile nothing is started again that has died. What it throws is logged. One for each type,
  /// which may have an on_message() as well.
  template <message T, typename F>
    requires handles_message<F, supervisor, T>
  void on_supervisor_message(F f) {
    auto type = type_of<T>(type_key<T>());
    type.with_descriptor = takes_descriptor<F, supervisor, T>;
    type.supervise = handler_of<supervisor, T>(std::move(f));
    add_message(std::move(type));
  }

  /// What a worker answers when another one, or it itself, asks it a Q (worker::ask()). `f` returns
  /// the answer, a message like any other; as on_message() for all else. An answer for which the
  /// asking worker has no room is lost to it, which the log says.
  ///
  ///   app.on_ask<count_please>([](shoal::worker& self, const count_please&, shoal::sender) {
  ///     return count{self.state<room>().size()};
  ///   });
  template <message Q, typename F>
    requires std::invocable<const F&, worker&, const Q&, sender>
  void on_ask(F f) {
    using answer = std::invoke_result_t<const F&, worker&, const Q&, sender>;
    on_message<asked<Q>>(answering<Q, answer, worker>(std::move(f)));
    hear_answers<Q, answer>();
  }

  /// Likewise, what the supervisor answers to a worker that asks the_supervisor: as
  /// on_supervisor_message() for all else. Where workers answer the same Q too, their answers are
  /// of the same type.
  template <message Q, typename F>
    requires std::invocable<const F&, supervisor&, const Q&, sender>
  void on_supervisor_ask(F f) {
    using answer = std::invoke_result_t<const F&, supervisor&, const Q&, sender>;
    on_supervisor_message<asked<Q>>(answering<Q, answer, supervisor>(std::move(f)));
    hear_answers<Q, answer>();
  }

  /// Each worker calls `f(worker&)`, which may be a coroutine, `interval` after it has begun to
  /// serve and then so long after each end, until it drains or leaves. It is the worker's own time:
  /// what blocks there holds requests up. What it throws is logged.
  ///
  ///   app.every(30s, [](shoal::worker& self) { self.state<cache>().forget_old(); });
  ///
  /// `interval`: more than 0, a year at most. An app that is asked from memory (test::client) does
  /// none of it.
  template <typename F>
    requires std::invocable<const F&, worker&>
  void every(std::chrono::milliseconds interval, F f) {
    add_recurring({interval, false, as_task(std::move(f))});
  }

  /// Likewise, but of the whole cluster only worker 0 does it; if its process is replaced, that of
  /// the next process. No lock: in a reload a run that takes longer than an interval may meet that
  /// of the next process.
  template <typename F>
    requires std::invocable<const F&, worker&>
  void every_cluster(std::chrono::milliseconds interval, F f) {
    add_recurring({interval, true, as_task(std::move(f))});
  }

  /// Has each worker do something when it has answered no request for `pause`: once, and again in
  /// the next such pause. For what may wait until nobody does: writing back, forgetting,
  /// compacting.
  ///
  ///   app.on_idle(200ms, [](shoal::worker& self) { self.state<cache>().shrink(); });
  ///
  /// Otherwise as every(). A worker that rests is idle, too; one that is never left alone never is.
  template <typename F>
    requires std::invocable<const F&, worker&>
  void on_idle(std::chrono::milliseconds pause, F f) {
    add_recurring({pause, false, as_task(std::move(f)), true});
  }

  /// Ends registration. Returns the table, or nullptr and `problem` says which routes conflict or
  /// which pattern is none, with their places, or which messages share a name.
  [[nodiscard]] const route_table* freeze(std::string& problem);

  /// Makes the states of a worker, on its thread. Throws what a factory throws.
  void make_states(worker& w) const;

 private:
  /// `f`, with its answer sent back.
  template <typename Q, typename A, typename Self, typename F>
  static auto answering(F f) {
    return [f = std::move(f)](Self& self, const asked<Q>& what, sender from) {
      const answered<Q, A> said{what.number, f(self, what.question, from)};
      if (!self.send(from.worker, said)) throw std::runtime_error("no room for its answer");
    };
  }

  template <typename Q, typename A>
  void hear_answers() {
    if (knows_message(type_key<answered<Q, A>>())) return;  // workers and supervisor answer it
    on_message<answered<Q, A>>([](worker& self, const answered<Q, A>& said, sender) {
      open_question::heed(self, said.number, type_key<A>(), &said.answer);
    });
  }

  explicit routes(std::unique_ptr<route_table> table) noexcept;
  void add_state(std::function<void(worker&)> make);
  void add_message(message_type what);
  [[nodiscard]] bool knows_message(const void* key) const noexcept;
  void add_recurring(recurring what);

  std::unique_ptr<route_table> table_;
};

}  // namespace shoal::http
