#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace shoal {

struct shared_map_options {
  /// Entries. From some 30 on they are spread over sets by a hash, and a set may be full a little
  /// before the map is: of a map that is given exactly this many, 1 in 500 makes room.
  std::size_t capacity = 1024;
  std::size_t key_bytes = 64;  ///< of the longest key, where keys are text; at most 1024
  /// How long an entry lasts after it was written; 0: until it is erased or makes room.
  std::chrono::milliseconds ttl{0};

  std::chrono::steady_clock::time_point (*clock)() = &std::chrono::steady_clock::now;
};

namespace detail {

/// The map without its types.
class shared_bytes final {
 public:
  using change = bool (*)(void* context, std::byte* value, bool found);

  shared_bytes(const shared_map_options& options, std::size_t key_bytes, std::size_t value_bytes);
  ~shared_bytes();
  shared_bytes(const shared_bytes&) = delete;
  shared_bytes& operator=(const shared_bytes&) = delete;

  [[nodiscard]] bool find(std::string_view key, std::byte* value) const noexcept;
  void update(std::string_view key, std::byte* value, change f, void* context) const;
  [[nodiscard]] std::uint64_t evicted() const noexcept;

 private:
  struct state;
  std::unique_ptr<const state> state_;
};

}  // namespace detail

/// What can lie in memory that others read: no pointers, at most 4,096 bytes.
template <typename T>
concept shared_value =
    std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && sizeof(T) <= 4096;

/// Text, or a value that is equal to another where all its bytes are.
template <typename T>
concept shared_key = std::is_same_v<T, std::string> ||
                     (shared_value<T> && std::has_unique_object_representations_v<T>);

/// Values by key that all workers of all processes share: sessions, caches, counts for each key.
///
///   struct session { unsigned visits; };
///   shoal::shared_map<std::string, session> sessions({.capacity = 100'000, .ttl = 30min});
///
///   sessions.update(id, [](std::optional<session>& s) {
///     if (!s) s.emplace();
///     ++s->visits;
///   });
///
/// Made before app.run(), which forks: every process has it, those of a reload too. What is in it
/// outlives crashes and reloads, and ends with the supervisor. A process that is killed inside an
/// update neither blocks the others nor loses them anything: its entry is as it was before, or as
/// it was to be (docs/why/shared_state.md).
///
/// Full      the entry of its set that was written longest ago makes room, an expired one before
///           it; evicted() counts those that had not expired
/// Errors    the constructor throws std::invalid_argument for options that make no sense and
///           std::runtime_error where there is no memory; writing throws std::length_error for a
///           key that is longer than key_bytes, reading finds nothing under it
/// Threads   any, without locks. All changes of one entry are one after the other
/// Lifetime  longer than the app's run()
/// Memory    allocated at once: about 3 * (key + value + 16) bytes for each of the capacity
/// Cost      a hash, a clock, and for each 4 bytes a load to find or a locked instruction to write;
///           no allocation, and no system call but where another writer has stopped in the middle
template <shared_key Key, shared_value Value>
class shared_map final {
 public:
  using key_view = std::conditional_t<std::is_same_v<Key, std::string>, std::string_view, Key>;

  explicit shared_map(const shared_map_options& options = {})
      : bytes_(options, is_text ? options.key_bytes : sizeof(Key), sizeof(Value)) {}

  /// A copy of the whole value as one update has left it; nullopt: there is none.
  [[nodiscard]] std::optional<Value> find(const key_view& key) const noexcept {
    room value;
    if (!bytes_.find(bytes_of(key), value.data())) return std::nullopt;
    return std::bit_cast<Value>(value);
  }

  /// Calls f(std::optional<Value>&) with what is there; what it leaves in it is what shall be
  /// there, nothing if it is reset. Returns that. f is called again where somebody else was
  /// faster, so it does nothing else, and is short. If it throws, nothing has changed.
  template <typename F>
  std::optional<Value> update(const key_view& key, F&& f) {
    std::optional<Value> now;
    auto change = [&](std::byte* value, bool found) {
      now.reset();
      if (found) now = load(value);
      f(now);
      if (now) store(value, *now);
      return now.has_value();
    };
    room value;
    bytes_.update(bytes_of(key), value.data(), &call<decltype(change)>, &change);
    return now;
  }

  void insert_or_assign(const key_view& key, const Value& value) {
    update(key, [&](std::optional<Value>& now) { now = value; });
  }

  /// False: there was none.
  bool erase(const key_view& key) {
    bool was = false;
    update(key, [&](std::optional<Value>& now) {
      was = now.has_value();
      now.reset();
    });
    return was;
  }

  /// How many entries have made room before they expired, in all processes.
  [[nodiscard]] std::uint64_t evicted() const noexcept { return bytes_.evicted(); }

 private:
  using room = std::array<std::byte, sizeof(Value)>;
  static constexpr bool is_text = std::is_same_v<Key, std::string>;

  static std::string_view bytes_of(const key_view& key) noexcept {
    if constexpr (is_text) {
      return key;
    } else {
      return {reinterpret_cast<const char*>(&key), sizeof key};
    }
  }
  static Value load(const std::byte* from) noexcept {
    room value;
    std::copy_n(from, value.size(), value.begin());
    return std::bit_cast<Value>(value);
  }
  static void store(std::byte* to, const Value& value) noexcept {
    const auto bytes = std::bit_cast<room>(value);
    std::copy_n(bytes.begin(), bytes.size(), to);
  }
  template <typename Change>
  static bool call(void* context, std::byte* value, bool found) {
    return (*static_cast<Change*>(context))(value, found);
  }

  detail::shared_bytes bytes_;
};

}  // namespace shoal
