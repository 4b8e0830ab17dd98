#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string_view>
#include <type_traits>

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

/// What workers and the supervisor can send each other: a struct that may be copied byte by byte
/// and says its name. A pointer in it means nothing in another process.
///
///   struct chat_line {
///     static constexpr shoal::message_tag tag{"chat_line", 1};
///     char text[200];
///   };
template <typename T>
concept message =
    std::is_class_v<T> && std::is_trivially_copyable_v<T> && sizeof(T) <= most_message_bytes &&
    alignof(T) <= alignof(std::max_align_t) && requires {
      { T::tag } -> std::convertible_to<message_tag>;
    };

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
  std::size_t bytes = 0;
  std::function<void(worker& self, std::string_view what, sender from)> handle{};
  std::function<void(supervisor& self, std::string_view what, sender from)> supervise{};
};

/// A message as the bytes that travel.
template <message T>
std::string_view bytes_of(const T& what) noexcept {
  return {reinterpret_cast<const char*>(&what), sizeof what};
}

template <message T>
const T& message_in(std::string_view bytes) noexcept {
  return *reinterpret_cast<const T*>(bytes.data());
}

/// Takes messages of a worker or of the supervisor to others: in a cluster, or in a test.
class outbox {
 public:
  outbox() = default;
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  [[nodiscard]] virtual unsigned workers() const noexcept = 0;

  /// To a worker or the_supervisor. False: there is no room. Throws std::logic_error if nobody has
  /// said what is done there with that type, and std::out_of_range if there is no such worker. Any
  /// thread that `from` may send from.
  [[nodiscard]] virtual bool send(unsigned to, const void* type_key, std::string_view what) = 0;

 protected:
  ~outbox() = default;
};

}  // namespace http
}  // namespace shoal
