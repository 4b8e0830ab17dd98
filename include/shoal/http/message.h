#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "shoal/http/passed_descriptor.h"
#include "shoal/http/type_key.h"

namespace shoal {

class supervisor;
class worker;

/// What a type of messages is called. The name is for logs, and no two types of an app share one;
/// the version is raised with each change of the struct.
struct message_tag {
  const char* name = "";
  unsigned version = 1;
};

inline constexpr std::size_t most_message_bytes = 4096;

/// Whom a message goes to or comes from, where that is no worker but the supervisor.
inline constexpr unsigned the_supervisor = ~0U;

/// How a T that may not be copied byte by byte travels, for T to say:
///
///   template <>
///   struct shoal::message_codec<article> {
///     static void encode(const article& from, std::string& to);  // `to` is empty before
///     static std::optional<article> decode(std::string_view from);  // nothing: it is none
///   };
///
/// Both may run on any thread that sends or gets one. What they throw is thrown by send(), or
/// logged as a message that cannot be read.
template <typename T>
struct message_codec;

/// What encode() may make; send() throws std::length_error for more.
inline constexpr std::size_t most_encoded_bytes = 64 * 1024;

namespace http {
template <typename T>
concept tagged = std::is_class_v<T> && requires {
  { T::tag } -> std::convertible_to<message_tag>;
};

template <typename T>
concept encoded = requires(const T& from, std::string& to, std::string_view bytes) {
  message_codec<T>::encode(from, to);
  { message_codec<T>::decode(bytes) } -> std::same_as<std::optional<T>>;
};

template <typename T>
concept copied = std::is_trivially_copyable_v<T> && sizeof(T) <= most_message_bytes &&
                 alignof(T) <= alignof(std::max_align_t);
}  // namespace http

/// What workers and the supervisor can send each other: what says its name and may be copied byte
/// by byte, or has a message_codec, which counts where both are true. A pointer in the former means
/// nothing in another process.
///
///   struct chat_line {
///     static constexpr shoal::message_tag tag{"chat_line", 1};
///     char text[200];
///   };
template <typename T>
concept message = http::tagged<T> && (http::encoded<T> || http::copied<T>);

/// Who has sent a message.
struct sender {
  unsigned worker = 0;  ///< its number, as worker::id(), or the_supervisor. It may live in another
                        ///< process by now
};

namespace http {

/// What an app has said is done with messages of one type: by workers, on the threads of all of
/// them, and by the supervisor. Who has nothing to do with it has no function. `what` are the
/// message's bytes, aligned for all that one may be, and valid during the call.
struct message_type {
  const void* key = nullptr;  ///< type_key<T>()
  message_tag tag;
  std::size_t bytes = 0;         ///< of each, unless it is
  bool encoded = false;          ///< then of most_encoded_bytes at most
  bool with_descriptor = false;  ///< one may come with it

  template <typename Self>
  using function =
      std::function<void(Self& self, std::string_view what, sender from, passed_descriptor&& with)>;
  function<worker> handle{};
  function<supervisor> supervise{};
};

/// What was to be decoded is no message of its type.
class unreadable final : public std::runtime_error {
 public:
  using runtime_error::runtime_error;
};

/// A message as the bytes that travel; of one that is copied, a view of it.
template <message T>
auto bytes_of(const T& what) {
  if constexpr (encoded<T>) {
    std::string bytes;
    message_codec<T>::encode(what, bytes);
    return bytes;
  } else {
    return std::string_view(reinterpret_cast<const char*>(&what), sizeof what);
  }
}

/// The other way; of one that is copied, a reference to it. Throws unreadable.
template <message T>
decltype(auto) message_in(std::string_view bytes) {
  if constexpr (encoded<T>) {
    auto what = [bytes] {
      try {
        return message_codec<T>::decode(bytes);
      } catch (const std::exception& failure) {
        throw unreadable(failure.what());
      }
    }();
    if (!what) throw unreadable("its decode() finds none in them");
    return T(*std::move(what));
  } else {
    return *reinterpret_cast<const T*>(bytes.data());
  }
}

/// What a T's entry among the types of an app begins with.
template <message T>
message_type type_of(const void* key) {
  return {.key = key, .tag = T::tag, .bytes = encoded<T> ? 0 : sizeof(T), .encoded = encoded<T>};
}

/// Takes messages of a worker or of the supervisor to others: in a cluster, or in a test.
class outbox {
 public:
  outbox() = default;
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  [[nodiscard]] virtual unsigned workers() const noexcept = 0;

  /// To a worker or the_supervisor. False: there is no room. Throws std::logic_error if nobody has
  /// said what is done there with that type, std::out_of_range if there is no such worker, and
  /// std::length_error if it is too long, or std::system_error if `fd` is not open. Any thread that
  /// the sender may use. `fd`: a duplicate of it goes with the message; -1: none does.
  [[nodiscard]] virtual bool send(unsigned to, const void* type_key, std::string_view what,
                                  int fd) = 0;

 protected:
  ~outbox() = default;
};

template <message T>
[[nodiscard]] bool send_by(outbox& by, unsigned to, const T& what, int fd = -1) {
  const auto bytes = bytes_of(what);
  return by.send(to, type_key<T>(), bytes, fd);
}

/// How many do not get it.
template <message T>
[[nodiscard]] unsigned send_to_all_by(outbox& by, const T& what) {
  const auto bytes = bytes_of(what);
  unsigned missed = 0;
  for (unsigned to = 0; to < by.workers(); ++to) {
    missed += by.send(to, type_key<T>(), bytes, -1) ? 0 : 1;
  }
  return missed;
}

}  // namespace http
}  // namespace shoal
