#include "shoal/cluster/shared_counter.h"

#include <new>
#include <stdexcept>
#include <utility>

#include "shm/segment.h"

namespace shoal {
namespace {

shm::mapping map_memory(std::size_t bytes) {
  const auto memory = shm::segment::create("shoal.counter", bytes);
  if (!memory) throw std::runtime_error("shoal::shared_counter: " + memory.error().message);
  // The mapping stays when the descriptor is closed.
  auto map = shm::mapping::read_write(memory.value().fd(), bytes);
  if (!map) throw std::runtime_error("shoal::shared_counter: " + map.error().message);
  return std::move(map).value();
}

}  // namespace

struct shared_counter::memory {
  shm::mapping bytes;
};

shared_counter::shared_counter(std::int64_t first)
    : memory_(std::make_unique<const memory>(map_memory(sizeof(number)))),
      number_(new(memory_->bytes.data()) number(first)) {}

shared_counter::~shared_counter() = default;

bool shared_counter::try_add(std::int64_t n, std::int64_t most) noexcept {
  std::int64_t seen = value();
  do {
    if (n > most || seen > most - n) return false;
  } while (!number_->compare_exchange_weak(seen, seen + n, std::memory_order_relaxed));
  return true;
}

}  // namespace shoal
