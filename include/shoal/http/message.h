#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>

namespace shoal {

class worker;

/// What a type of messages is called. The name is for logs, and no two types of an app share one;
/// the version is raised with each change of the struct.
struct message_tag {
  const char* name = "";
  unsigned version = 1;
};

inline constexpr std::size_t most_message_bytes = 4096;

/// What workers can send each other: a struct that may be copied byte by byte and says its name.
/// A pointer in it means nothing in another process.
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
  unsigned worker = 0;  ///< its number, as worker::id(); its process may be another by now
};

namespace http {

/// What an app has said is done with messages of one type. It is called on the threads of all
/// workers; `what` is valid during the call.
struct message_type {
  const void* key = nullptr;  ///< type_key<T>()
  message_tag tag;
  std::size_t bytes = 0;
  std::function<void(shoal::worker& self, const void* what, sender from)> handle;
};

/// Takes a worker's messages to others: in a cluster, or in a test.
class outbox {
 public:
  outbox() = default;
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  [[nodiscard]] virtual unsigned workers() const noexcept = 0;

  /// False: there is no room. Throws std::logic_error if nobody has said what is done with that
  /// type, and std::out_of_range if there is no such worker. Any thread.
  [[nodiscard]] virtual bool send(unsigned to, const void* type_key, const void* what) = 0;

 protected:
  ~outbox() = default;
};

}  // namespace http
}  // namespace shoal
