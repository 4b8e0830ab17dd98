#include "shm/letter_sheets.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "shm/claim.h"

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;

enum class kind : std::uint64_t { free, written, sent, read };

constexpr unsigned number_bits = 8;
constexpr std::uint64_t number_mask = (std::uint64_t{1} << number_bits) - 1;
static_assert(sheets_of_a_box <= number_mask + 1);

constexpr kind kind_of(std::uint64_t state) noexcept {
  return static_cast<kind>(kind_bits_of(state));
}

// Of an entry of a list.
constexpr std::size_t number_in(std::uint64_t sheet) noexcept { return sheet & number_mask; }
constexpr std::uint64_t lap_in(std::uint64_t sheet) noexcept { return sheet >> number_bits; }

}  // namespace

std::uint64_t sheet_list::right_seal() const noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV's, by words
  const auto mix = [&hash](std::uint64_t part) {
    hash = (hash ^ part) * 0x100000001b3;
    hash ^= hash >> 29;
  };
  mix(bytes);
  for (const auto sheet : sheets) mix(sheet);
  return hash;
}

bool sheet_list::is_sound() const noexcept {
  const auto inside = [](std::uint64_t sheet) { return number_in(sheet) < sheets_of_a_box; };
  return seal == right_seal() && bytes > 0 && bytes <= letter_sheets::most_bytes &&
         std::all_of(std::begin(sheets), std::end(sheets), inside);
}

std::size_t letter_sheets::size() noexcept {
  return sheets_of_a_box * (sizeof(word) + sheet_bytes);
}

std::optional<sheet_list> letter_sheets::write(pid_t author,
                                               std::string_view contents) const noexcept {
  SHOAL_DCHECK(!contents.empty() && contents.size() <= most_bytes);
  sheet_list list{.bytes = contents.size()};
  std::size_t have = 0;
  for (std::size_t n = 0; n < sheets_of_a_box && have < list.count(); ++n) {
    std::uint64_t seen = states_[n].load(relaxed);
    // Acquire: after the reader's copy of what is overwritten now.
    if (kind_of(seen) == kind::free &&
        states_[n].compare_exchange_strong(
            seen, state_of(kind::written, lap_of(seen), claim_name(author)), acquire, relaxed)) {
      list.sheets[have++] = lap_of(seen) << number_bits | n;
    }
  }
  if (have < list.count()) {
    list.bytes = have * sheet_bytes;
    take_back(author, list);
    return std::nullopt;
  }
  for (std::size_t i = 0; i < have; ++i) {
    const auto part = contents.substr(i * sheet_bytes, sheet_bytes);
    std::memcpy(sheets_ + number_in(list.sheets[i]) * sheet_bytes, part.data(), part.size());
  }
  list.seal = list.right_seal();
  return list;
}

void letter_sheets::sent(pid_t author, const sheet_list& list) const noexcept {
  for (std::size_t i = 0; i < list.count(); ++i) {
    const auto lap = lap_in(list.sheets[i]);
    std::uint64_t mine = state_of(kind::written, lap, claim_name(author));
    // Else it has been read already. Release: whoever reads it by this state sees the bytes.
    states_[number_in(list.sheets[i])].compare_exchange_strong(mine, state_of(kind::sent, lap),
                                                               release, relaxed);
  }
}

void letter_sheets::take_back(pid_t author, const sheet_list& list) const noexcept {
  for (std::size_t i = 0; i < list.count(); ++i) {
    const auto lap = lap_in(list.sheets[i]);
    std::uint64_t mine = state_of(kind::written, lap, claim_name(author));
    states_[number_in(list.sheets[i])].compare_exchange_strong(mine, state_of(kind::free, lap + 1),
                                                               release, relaxed);
  }
}

sheets_read letter_sheets::read(pid_t reader, const sheet_list& list,
                                std::byte* into) const noexcept {
  for (std::size_t i = 0; i < list.count(); ++i) {
    if (mark(reader, list.sheets[i])) continue;
    const auto seen = states_[number_in(list.sheets[i])].load(acquire);
    const bool taken = kind_of(seen) == kind::read && lap_of(seen) == lap_in(list.sheets[i]);
    if (i == 0 && taken) return sheets_read::others;  // all mark the first one first
    discard(reader, list);
    return sheets_read::broken;
  }
  for (std::size_t i = 0; i < list.count(); ++i) {
    const auto begin = i * sheet_bytes;
    std::memcpy(into + begin, sheets_ + number_in(list.sheets[i]) * sheet_bytes,
                std::min(sheet_bytes, static_cast<std::size_t>(list.bytes) - begin));
  }
  return sheets_read::whole;
}

/// False: it is not of this letter any more, or another reader's.
bool letter_sheets::mark(pid_t reader, std::uint64_t sheet) const noexcept {
  word& state = states_[number_in(sheet)];
  const auto lap = lap_in(sheet);
  std::uint64_t seen = state.load(acquire);
  const auto theirs = state_of(kind::read, lap, claim_name(reader));
  // Again, if its writer says `sent` meanwhile.
  while ((kind_of(seen) == kind::written || kind_of(seen) == kind::sent) && lap_of(seen) == lap) {
    if (state.compare_exchange_weak(seen, theirs, acq_rel, acquire)) return true;
  }
  return false;
}

void letter_sheets::done(pid_t reader, const sheet_list& list) const noexcept {
  for (std::size_t i = 0; i < list.count(); ++i) {
    const auto lap = lap_in(list.sheets[i]);
    std::uint64_t mine = state_of(kind::read, lap, claim_name(reader));
    // Release: the copy is over before the next writer overwrites it.
    states_[number_in(list.sheets[i])].compare_exchange_strong(mine, state_of(kind::free, lap + 1),
                                                               release, relaxed);
  }
}

/// Of a void letter: what is still its own.
void letter_sheets::discard(pid_t reader, const sheet_list& list) const noexcept {
  for (std::size_t i = 0; i < list.count(); ++i) static_cast<void>(mark(reader, list.sheets[i]));
  done(reader, list);
}

unsigned letter_sheets::give_up(pid_t process) const noexcept {
  unsigned count = 0;
  for (std::size_t n = 0; n < sheets_of_a_box; ++n) {
    std::uint64_t seen = states_[n].load(acquire);
    const bool held = kind_of(seen) == kind::written || kind_of(seen) == kind::read;
    if (!held || holder_of(seen) != claim_name(process)) continue;
    if (states_[n].compare_exchange_strong(seen, state_of(kind::free, lap_of(seen) + 1), acq_rel,
                                           relaxed))
      ++count;
  }
  return count;
}

}  // namespace shoal::shm
