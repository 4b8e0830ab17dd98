#include "shoal/cluster/shared_map.h"

#include <stdexcept>

#include "base/random.h"
#include "http/hooks/keyed_hash.h"
#include "shm/shared_table.h"

namespace shoal::detail {
namespace {

void check(const shared_map_options& options) {
  if (options.clock == nullptr)
    throw std::invalid_argument("shoal::shared_map: the clock must be a function");
  if (options.ttl.count() < 0)
    throw std::invalid_argument("shoal::shared_map: the time to live must not be below zero");
}

shm::shared_table make_table(const shm::table_shape& shape) {
  auto made = shm::shared_table::create(shape);
  if (made) return std::move(made).value();
  if (made.error().code == 0)
    throw std::invalid_argument("shoal::shared_map: " + made.error().message);
  throw std::runtime_error("shoal::shared_map: " + made.error().message);
}

}  // namespace

struct shared_bytes::state {
  state(const shared_map_options& options, const shm::table_shape& shape)
      : table(make_table(shape)),
        ttl(options.ttl),
        clock(options.clock),
        seed{draw_seed(), draw_seed()} {}

  [[nodiscard]] std::uint64_t now_ms() const noexcept {
    const auto now = clock().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  }
  [[nodiscard]] shm::table_key key(std::string_view bytes) const noexcept {
    return {.hash = http::keyed_hash(seed, bytes), .bytes = bytes};
  }

  shm::shared_table table;
  std::chrono::milliseconds ttl;
  std::chrono::steady_clock::time_point (*clock)();
  // Drawn before the fork: all processes must mean the same set.
  http::hash_key seed;
};

shared_bytes::shared_bytes(const shared_map_options& options, std::size_t key_bytes,
                           std::size_t value_bytes) {
  check(options);
  state_ = std::make_unique<const state>(
      options, shm::table_shape{options.capacity, key_bytes, value_bytes});
}

shared_bytes::~shared_bytes() = default;

bool shared_bytes::find(std::string_view key, std::byte* value) const noexcept {
  if (key.size() > state_->table.shape().key_bytes) return false;
  return state_->table.find(state_->key(key), state_->now_ms(), value);
}

void shared_bytes::update(std::string_view key, std::byte* value, change f, void* context) const {
  if (key.size() > state_->table.shape().key_bytes)
    throw std::length_error("shoal::shared_map: a key of " + std::to_string(key.size()) +
                            " bytes is longer than key_bytes, " +
                            std::to_string(state_->table.shape().key_bytes));
  shm::shared_table::times when{.now_ms = state_->now_ms()};
  if (state_->ttl.count() > 0)
    when.expires_ms = when.now_ms + static_cast<std::uint64_t>(state_->ttl.count());
  state_->table.update(state_->key(key), when, value, f, context);
}

std::uint64_t shared_bytes::evicted() const noexcept { return state_->table.evicted(); }

}  // namespace shoal::detail
