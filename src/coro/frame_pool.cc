// One list of free blocks for each size and thread. No lock and no owner: a block is an ordinary
// allocation of its rounded size, so it may go back to whichever thread frees it.
//
// `room` is what makes both paths short. It counts how many blocks a list may still take, is zero
// before the first free and after the thread's end, and so the one test "is there room?" also
// answers "is this thread's pool open?".
#include "coro/frame_pool.h"

#include <array>
#include <cstdint>
#include <new>

#include "base/poison.h"
#include "shoal/coro/frame.h"

namespace shoal {
namespace {

constexpr std::size_t sizes = largest_pooled_frame / frame_step_bytes;

struct free_block {
  free_block* next;
};

struct free_list {
  free_block* first = nullptr;
  std::uint32_t room = 0;
  std::uint32_t kept = 0;
};

enum class pool_state : std::uint8_t { fresh, open, closed };

thread_local constinit std::array<free_list, sizes> lists{};
thread_local constinit pool_state state = pool_state::fresh;

constexpr std::size_t size_index(std::size_t bytes) noexcept {
  return (bytes - 1) / frame_step_bytes;
}
constexpr std::size_t block_bytes(std::size_t index) noexcept {
  return (index + 1) * frame_step_bytes;
}
constexpr bool pooled(std::size_t bytes) noexcept { return bytes <= largest_pooled_frame; }

// Its destructor alone needs the thread's end, so the lists themselves stay plain memory, which is
// reached without a guard.
struct closer {
  closer() noexcept { state = pool_state::open; }
  ~closer() {
    state = pool_state::closed;
    release_kept_frames();
    for (auto& list : lists) list.room = 0;
  }
};

void open_pool() noexcept {
  static thread_local closer at_thread_end;
  for (std::size_t i = 0; i < sizes; ++i)
    lists[i].room = static_cast<std::uint32_t>(kept_bytes_for_each_size / block_bytes(i));
}

[[gnu::noinline]] void free_without_room(void* frame, std::size_t index) noexcept {
  if (state == pool_state::fresh) {
    open_pool();
    return free_frame(frame, block_bytes(index));
  }
  ::operator delete(frame, block_bytes(index));
}

}  // namespace

void* allocate_frame(std::size_t bytes) {
  if (!pooled(bytes)) return ::operator new(bytes);
  const auto index = size_index(bytes);
  free_list& list = lists[index];
  free_block* const block = list.first;
  if (block == nullptr) return ::operator new(block_bytes(index));
  unpoison(block, block_bytes(index));
  list.first = block->next;
  ++list.room;
  --list.kept;
  return block;
}

void free_frame(void* frame, std::size_t bytes) noexcept {
  if (!pooled(bytes)) return ::operator delete(frame, bytes);
  const auto index = size_index(bytes);
  free_list& list = lists[index];
  if (list.room == 0) return free_without_room(frame, index);
  list.first = ::new (frame) free_block{list.first};
  --list.room;
  ++list.kept;
  poison(frame, block_bytes(index));
}

std::size_t kept_frame_bytes() noexcept {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < sizes; ++i) bytes += lists[i].kept * block_bytes(i);
  return bytes;
}

void release_kept_frames() noexcept {
  for (std::size_t i = 0; i < sizes; ++i) {
    while (lists[i].first != nullptr) {
      void* const frame = allocate_frame(block_bytes(i));
      ::operator delete(frame, block_bytes(i));
    }
  }
}

}  // namespace shoal
