#pragma once

#include <array>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/http/message.h"

namespace shoal {

class worker;

namespace http {

/// `T`'s name and a mark behind it: what a question and its answer are called in logs.
template <message T, char Mark>
inline constexpr auto marked_name = [] {
  constexpr std::string_view name(T::tag.name);
  std::array<char, name.size() + 2> text{};
  for (std::size_t i = 0; i < name.size(); ++i) text[i] = name[i];
  text[name.size()] = Mark;
  return text;
}();

/// A Q on its way, and what its answer has to bear.
template <message Q>
struct asked {
  static constexpr message_tag tag{marked_name<Q, '?'>.data(), Q::tag.version};
  std::uint64_t number;
  Q question;
};

template <message Q, message A>
struct answered {
  static constexpr message_tag tag{marked_name<Q, '!'>.data(), Q::tag.version};
  std::uint64_t number;
  A answer;
};

/// Of a numbered one whose part is encoded: the number, then what the part's own codec makes.
template <typename T, typename Inner, Inner T::* Part>
struct numbered_codec {
  static void encode(const T& from, std::string& to) {
    std::string inner;
    message_codec<Inner>::encode(from.*Part, inner);
    to.append(reinterpret_cast<const char*>(&from.number), sizeof from.number).append(inner);
  }
  static std::optional<T> decode(std::string_view from) {
    std::uint64_t number = 0;
    if (from.size() < sizeof number) return std::nullopt;
    std::memcpy(&number, from.data(), sizeof number);
    auto inner = message_codec<Inner>::decode(from.substr(sizeof number));
    if (!inner) return std::nullopt;
    return T{number, *std::move(inner)};
  }
};

}  // namespace http

template <http::encoded Q>
struct message_codec<http::asked<Q>>
    : http::numbered_codec<http::asked<Q>, Q, &http::asked<Q>::question> {};

template <typename Q, http::encoded A>
struct message_codec<http::answered<Q, A>>
    : http::numbered_codec<http::answered<Q, A>, A, &http::answered<Q, A>::answer> {};

namespace http {

/// Where an answer goes to: a std::optional of the type whose key is `type`.
struct answer_place {
  const void* type;
  void* to;
  void (*put)(void* to, const void* answer);
};

template <typename A>
void put_answer(void* to, const void* answer) {
  *static_cast<std::optional<A>*>(to) = *static_cast<const A*>(answer);
}

/// A question that is out, in the frame of whoever waits for the answer. Threads: the worker's.
class open_question final {
 public:
  /// Throws std::logic_error on another thread than the worker's.
  open_question(worker& self, std::chrono::milliseconds patience, const answer_place& place);
  /// An answer that comes later is nobody's.
  ~open_question();
  open_question(const open_question&) = delete;
  open_question& operator=(const open_question&) = delete;

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  // co_await: whether it was answered in time.
  [[nodiscard]] bool await_ready() const noexcept { return answered_; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept;
  [[nodiscard]] bool await_resume() const noexcept { return answered_; }

  /// To the one of this number, if it is still open. Throws std::logic_error if that expects an
  /// answer of another type.
  static void heed(worker& self, std::uint64_t number, const void* type, const void* answer);

 private:
  static constexpr std::size_t timer_bytes = 48;

  worker& self_;
  const std::chrono::milliseconds patience_;
  const answer_place place_;
  std::uint64_t number_ = 0;
  bool answered_ = false;
  std::coroutine_handle<> waiting_;
  alignas(void*) std::byte timer_[timer_bytes];  // ask.cc says of what type
};

}  // namespace http
}  // namespace shoal
