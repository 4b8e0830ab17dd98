#include "http/lending.h"

#include <poll.h>

#include <algorithm>
#include <new>

#include "base/check.h"
#include "http/connection.h"

namespace shoal::http {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

pollfd readable(int socket) noexcept { return {socket, POLLIN | POLLRDHUP, 0}; }

}  // namespace

lending::lending(unsigned connections)
    : capacity_(connections), places_(std::allocator<lent_place>().allocate(connections)) {}

lending::~lending() { std::allocator<lent_place>().deallocate(places_, capacity_); }

lent_place* lending::enlist(connection& who, int socket) noexcept {
  lent_place* place = free_;
  if (place != nullptr) {
    free_ = place->next;
  } else {
    const unsigned used = used_.load(relaxed);
    if (used == capacity_) return nullptr;
    place = std::construct_at(&places_[used]);
    used_.store(used + 1, release);  // a looker's load acquires it
  }
  place->who.store(&who, relaxed);
  place->socket.store(socket, relaxed);
  place->joint.store(nullptr, relaxed);
  return place;
}

void lending::strike(lent_place& place) noexcept {
  place.offer.word.reset();
  place.offer.set_early({});
  place.who.store(nullptr, relaxed);
  place.socket.store(-1, relaxed);
  place.next = free_;
  free_ = &place;
}

void lending::turn_began(monotonic_time now, bool open) noexcept {
  const std::uint64_t turn = turns() + 1;
  turns_.store(turn, relaxed);
  began_ns_.store(to_ns(now), relaxed);
  // A handler may go on that began in another turn.
  request.begins(current_request::no_route, nullptr);
  if (open) gate_.open(turn);
}

lent_place* lending::take_returned() noexcept {
  lent_place* const first = returned_.load(acquire);  // pairs with take_one()'s release
  // Nobody pushes now: the gate is closed.
  if (first != nullptr) returned_.store(first->next, relaxed);
  return first;
}

nanoseconds lending::turn_age(monotonic_time now) const noexcept {
  if (turn() == 0) return nanoseconds::zero();
  const std::uint64_t began = began_ns_.load(relaxed);
  return nanoseconds(static_cast<nanoseconds::rep>(to_ns(now) - std::min(began, to_ns(now))));
}

/// Places of earlier turns' offers, once round the table from `from` on.
std::size_t lending::collect(std::uint64_t turn, std::size_t from, bool readable_only,
                             std::span<lent_place*> into) noexcept {
  const std::size_t used = used_.load(acquire);
  std::array<pollfd, most_looked_at> asked;
  std::size_t count = 0;
  for (std::size_t i = 0; i < used && count < into.size(); ++i) {
    lent_place& place = places_[(from + i) % used];
    if (!place.offer.word.can_be_taken(turn)) continue;
    asked[count] = readable(place.socket.load(relaxed));
    into[count++] = &place;
  }
  if (!readable_only || count == 0) return count;
  // The numbers may be others' by now: it is a hint, and who takes looks into the offer.
  ::poll(asked.data(), count, 0);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (asked[i].revents != 0 || into[i]->offer.has_bytes()) into[kept++] = into[i];
  }
  return kept;
}

bool lending::has_readable() noexcept {
  const std::uint64_t now = turn();
  if (now == 0) return false;
  for (const int listener : listeners_) {
    pollfd queue = readable(listener);
    if (::poll(&queue, 1, 0) > 0) return true;
  }
  std::array<lent_place*, most_looked_at> found;
  const unsigned from = looked_up_to_.load(relaxed);
  if (collect(now, from, true, found) != 0) return true;
  looked_up_to_.store(from + most_looked_at, relaxed);
  return false;
}

bool lending::has_idle() noexcept {
  lent_place* found[1];
  const std::uint64_t now = turn();
  return now != 0 && collect(now, 0, false, found) != 0;
}

std::vector<moved_connection> lending::take(std::uint64_t turn, bool all, std::size_t most) {
  std::vector<moved_connection> taken;
  taken.reserve(most);
  std::array<lent_place*, most_looked_at> found;
  const std::size_t count = collect(turn, looked_up_to_.load(relaxed), !all, found);
  if (count == 0 || !gate_.claim(turn)) return taken;
  for (std::size_t i = 0; i < count && taken.size() < most; ++i) {
    if (!take_one(*found[i], turn, taken)) break;
  }
  gate_.leave();
  return taken;
}

/// False: no memory, and nothing has happened.
bool lending::take_one(lent_place& place, std::uint64_t turn,
                       std::vector<moved_connection>& into) noexcept try {
  auto fresh = std::make_unique<joint_socket>();
  // These hold for the whole of a turn, if the offer is of an earlier one.
  const std::uint32_t early_bytes = place.offer.early_bytes.load(relaxed);
  std::string room;
  room.reserve(place.offer.kept_bytes.load(relaxed) + early_bytes);
  if (!place.offer.word.take(turn)) return true;
  // From here on it is ours: the owner only waits to be told what becomes of it.
  moved_connection moved = place.who.load(relaxed)->as_taken(std::move(room));
  if (early_bytes != 0) {
    moved.input.append(reinterpret_cast<const char*>(place.offer.early.load(relaxed)), early_bytes);
  }
  if (moved.joint == nullptr) {
    fresh->open(moved.socket);
    moved.joint = fresh.release();
  }
  moved.joint->join();
  place.joint.store(moved.joint, relaxed);
  into.push_back(std::move(moved));
  lent_place* head = returned_.load(relaxed);
  do {
    place.next = head;
  } while (!returned_.compare_exchange_weak(head, &place, release, relaxed));
  return true;
} catch (const std::bad_alloc&) {
  return false;  // before it was taken: nothing below that allocates
}

}  // namespace shoal::http
