// How a handler of any shape becomes one shape, at compile time.
//
// A handler is callable with an optional first `context&` and then one argument for each parameter
// of its pattern; it returns a result or a task of one. A result is text (anything that converts to
// std::string_view), a response, a status, or whatever has a to_response(x) beside it.
//
// The app keeps the handler for as long as it serves, so a coroutine lambda may use its captures
// after a co_await.
#pragma once

#include <charconv>
#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "shoal/coro/task.h"
#include "shoal/http/context.h"
#include "shoal/http/response.h"

namespace shoal::http {

/// A string literal as a template argument.
template <std::size_t Size>
struct fixed_string {
  consteval fixed_string(const char (&text)[Size]) {  // NOLINT: implicit on purpose
    for (std::size_t i = 0; i < Size; ++i) characters[i] = text[i];
  }
  [[nodiscard]] constexpr std::string_view view() const { return {characters, Size - 1}; }
  char characters[Size]{};
};

/// How many "{name}" a pattern has; the router checks the rest of its syntax at start.
[[nodiscard]] constexpr std::size_t parameters_in(std::string_view pattern) {
  std::size_t count = 0;
  for (const char c : pattern) count += c == '{';
  return count;
}

namespace detail {

/// What a handler takes and returns. Undefined for what cannot be one.
template <typename Call>
struct call_signature;
template <typename R, typename... A>
struct call_signature<R (*)(A...)> {
  using result = R;
  using arguments = std::tuple<A...>;
};
template <typename R, typename... A>
struct call_signature<R (*)(A...) noexcept> : call_signature<R (*)(A...)> {};
template <typename C, typename R, typename... A>
struct call_signature<R (C::*)(A...) const> : call_signature<R (*)(A...)> {};
template <typename C, typename R, typename... A>
struct call_signature<R (C::*)(A...) const noexcept> : call_signature<R (*)(A...)> {};

template <typename F>
concept function_object = requires { sizeof(call_signature<decltype(&F::operator())>); };
template <typename F>
concept plain_function = std::is_pointer_v<F> && requires { sizeof(call_signature<F>); };

template <typename F>
struct signature;
template <function_object F>
struct signature<F> : call_signature<decltype(&F::operator())> {};
template <plain_function F>
struct signature<F> : call_signature<F> {};

template <typename T>
struct unwrap {
  using type = T;
  static constexpr bool is_task = false;
};
template <typename T>
struct unwrap<task<T>> {
  using type = T;
  static constexpr bool is_task = true;
};

/// One path parameter. False: the text is no T, and the request is not for this route.
template <typename T>
bool parse_parameter(std::string_view text, T& value) {
  if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, std::string>) {
    value = T(text);
    return true;
  } else {
    static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>,
                  "a path parameter is a number, std::string or std::string_view");
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    return parsed.ec == std::errc{} && parsed.ptr == end;
  }
}

template <typename R>
concept text_like = std::convertible_to<R, std::string_view>;

template <typename R>
response to_answer(R&& result) {
  using plain = std::remove_cvref_t<R>;
  if constexpr (std::is_same_v<plain, response>) {
    return std::forward<R>(result);
  } else if constexpr (std::is_same_v<plain, status>) {
    return response(result);
  } else if constexpr (std::is_same_v<plain, std::string>) {
    return response::text(std::forward<R>(result));
  } else if constexpr (std::is_trivially_copyable_v<plain> && text_like<plain>) {
    return response::borrowed_text(result);  // a literal or a view: it owns nothing that could end
  } else if constexpr (text_like<plain>) {
    return response::text(std::string(std::string_view(result)));
  } else {
    return to_response(std::forward<R>(result));
  }
}

template <typename T>
task<response> convert(task<T> inner) {
  T result = co_await std::move(inner);
  co_return to_answer(std::move(result));
}

}  // namespace detail

/// What a route accepts: a function, or a function object with one operator() that is const (all
/// requests of all workers share the handler, so no mutable lambda) and whose parameters have types
/// (no auto).
template <typename F>
concept handler = detail::function_object<F> || detail::plain_function<F>;

/// A handler behind one shape: either `start`, of a coroutine, or the two others are set. All
/// return false when the path's parameters do not parse, so that the answer is 404.
struct endpoint {
  std::shared_ptr<const void> handler;
  /// Answers at once: the shortest way.
  bool (*answer)(const void* handler, context&) = nullptr;
  /// Gives its answer to a hook.
  bool (*make)(const void* handler, context&, response& made) = nullptr;
  bool (*start)(const void* handler, context&, task<response>& started) = nullptr;
};

template <handler F, std::size_t ParameterCount>
class handler_adapter final {
  using call = detail::signature<F>;
  using arguments = typename call::arguments;
  using returned = detail::unwrap<typename call::result>;

  static_assert(!std::is_void_v<typename returned::type>,
                "a handler returns its answer; shoal::status::no_content is one without a body");

  static consteval bool takes_context() {
    if constexpr (std::tuple_size_v<arguments> == 0) {
      return false;
    } else {
      return std::is_same_v<std::tuple_element_t<0, arguments>, context&>;
    }
  }
  static constexpr std::size_t first = takes_context() ? 1 : 0;
  static_assert(std::tuple_size_v<arguments> - first == ParameterCount,
                "the handler takes as many arguments as its pattern has {parameters}, "
                "after an optional shoal::context&");

  template <std::size_t N>
  using declared = std::tuple_element_t<first + N, arguments>;
  template <std::size_t N>
  using parameter = std::remove_cvref_t<declared<N>>;
  template <std::size_t... N>
  static consteval bool by_value(std::index_sequence<N...>) {
    return (!std::is_reference_v<declared<N>> && ...);
  }
  template <std::size_t... N>
  static auto values_of(std::index_sequence<N...>) -> std::tuple<parameter<N>...>;
  using indices = std::make_index_sequence<ParameterCount>;
  using values = decltype(values_of(indices{}));
  static_assert(!returned::is_task || by_value(indices{}),
                "a coroutine handler takes its path parameters by value: a reference would end "
                "before the coroutine does");

  template <std::size_t... N>
  static bool parse(context& c, values& out, std::index_sequence<N...>) {
    return (detail::parse_parameter(c.parameter(N), std::get<N>(out)) && ...);
  }

  template <std::size_t... N>
  static decltype(auto) invoke(const F& f, context& c, values& v, std::index_sequence<N...>) {
    if constexpr (takes_context()) {
      return f(c, std::move(std::get<N>(v))...);
    } else {
      return f(std::move(std::get<N>(v))...);
    }
  }

  static bool answer(const void* handler, context& c) {
    values v;
    if (!parse(c, v, indices{})) return false;
    if constexpr (detail::text_like<typename returned::type>) {
      const auto& text = invoke(*static_cast<const F*>(handler), c, v, indices{});
      detail::respond(c, std::string_view(text));
    } else {
      detail::respond(c,
                      detail::to_answer(invoke(*static_cast<const F*>(handler), c, v, indices{})));
    }
    return true;
  }

  static bool make_answer(const void* handler, context& c, response& made) {
    values v;
    if (!parse(c, v, indices{})) return false;
    made = detail::to_answer(invoke(*static_cast<const F*>(handler), c, v, indices{}));
    return true;
  }

  static bool start(const void* handler, context& c, task<response>& started) {
    values v;
    if (!parse(c, v, indices{})) return false;
    if constexpr (std::is_same_v<typename returned::type, response>) {
      started = invoke(*static_cast<const F*>(handler), c, v, indices{});
    } else {
      started = detail::convert(invoke(*static_cast<const F*>(handler), c, v, indices{}));
    }
    return true;
  }

 public:
  static endpoint make(F f) {
    endpoint e;
    e.handler = std::make_shared<const F>(std::move(f));
    if constexpr (returned::is_task) {
      e.start = &start;
    } else {
      e.answer = &answer;
      e.make = &make_answer;
    }
    return e;
  }
};

}  // namespace shoal::http
