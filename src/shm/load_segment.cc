#include "shm/load_segment.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

constexpr std::size_t page_bytes = 4096;
constexpr std::uint64_t day_ns = 86'400'000'000'000;
constexpr std::size_t slots_offset = sizeof(load_header);

constexpr std::size_t rings_offset(std::size_t slots) noexcept {
  return (slots_offset + slots * sizeof(load_slot) + page_bytes - 1) / page_bytes * page_bytes;
}

constexpr std::size_t segment_bytes(std::size_t slots) noexcept {
  return rings_offset(slots) + slots * sizeof(load_ring);
}

/// Fewer than `room` bytes, not cut within a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t room) noexcept {
  if (text.size() < room) return text;
  std::size_t bytes = room - 1;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

template <std::size_t Words>
void write_text(word (&to)[Words], std::string_view text) noexcept {
  std::array<std::uint64_t, Words> bytes{};
  const auto fitting = cut(text, sizeof bytes);
  std::copy(fitting.begin(), fitting.end(), reinterpret_cast<char*>(bytes.data()));
  for (std::size_t i = 0; i < Words; ++i) to[i].store(bytes[i], relaxed);
}

template <std::size_t Words>
std::string read_text(const word (&from)[Words]) {
  std::array<char, Words * 8> text{};
  for (std::size_t i = 0; i < Words; ++i) {
    const std::uint64_t part = from[i].load(relaxed);
    std::memcpy(text.data() + 8 * i, &part, 8);
  }
  return {text.begin(), std::find(text.begin(), text.end(), '\0')};
}

void place_all(std::byte* data, unsigned slots, const page_placer& place) {
  for (std::size_t page = 0; page < rings_offset(slots); page += page_bytes) {
    const std::size_t begin = std::max(page, slots_offset) - slots_offset;
    const std::size_t first = (begin + sizeof(load_slot) - 1) / sizeof(load_slot);
    place(static_cast<unsigned>(std::min<std::size_t>(first, slots - 1)), data + page, page_bytes);
  }
  for (unsigned slot = 0; slot < slots; ++slot)
    place(slot, data + rings_offset(slots) + slot * sizeof(load_ring), sizeof(load_ring));
}

void write_header(load_header& h, unsigned slots, std::string_view name, monotonic_time now) {
  h.layout_version.store(load_layout_version, relaxed);
  h.bytes.store(segment_bytes(slots), relaxed);
  h.slot_count.store(slots, relaxed);
  h.slot_bytes.store(sizeof(load_slot), relaxed);
  h.slots_offset.store(slots_offset, relaxed);
  h.ring_capacity.store(ring_capacity, relaxed);
  h.ring_bytes.store(sizeof(load_ring), relaxed);
  h.rings_offset.store(rings_offset(slots), relaxed);
  h.supervisor_pid.store(static_cast<std::uint64_t>(::getpid()), relaxed);
  h.started_ns.store(to_ns(now), relaxed);
  write_text(h.name, name);
  // Last: who acquires the magic sees a whole header.
  h.magic.store(load_magic, release);
}

/// Each word is read once: whoever can write the segment could change it between two looks.
result<load_header_view> read_header(const load_header& h, std::size_t bytes) {
  if (h.magic.load(acquire) != load_magic)
    return error{EINVAL, "not a load segment: its first bytes are not \"SHOALOAD\""};
  const std::uint64_t version = h.layout_version.load(relaxed);
  if (version != load_layout_version)
    return error{EPROTO, "load segment of layout version " + std::to_string(version) +
                             ", but this program reads version " +
                             std::to_string(load_layout_version) +
                             ": use the program of the server's release"};
  const std::uint64_t slots = h.slot_count.load(relaxed);
  if (slots == 0 || slots > max_slots || bytes != segment_bytes(slots) ||
      h.bytes.load(relaxed) != bytes || h.slot_bytes.load(relaxed) != sizeof(load_slot) ||
      h.slots_offset.load(relaxed) != slots_offset ||
      h.ring_capacity.load(relaxed) != ring_capacity ||
      h.ring_bytes.load(relaxed) != sizeof(load_ring) ||
      h.rings_offset.load(relaxed) != rings_offset(slots))
    return error{EINVAL, "damaged load segment: its header's sizes contradict each other"};
  return load_header_view{
      .slot_count = static_cast<unsigned>(slots),
      .slots_offset = slots_offset,
      .rings_offset = rings_offset(slots),
      .supervisor_pid = h.supervisor_pid.load(relaxed),
      .started_ns = h.started_ns.load(relaxed),
      .name = read_text(h.name),
      .stall_warn = nanoseconds(std::min<std::uint64_t>(h.stall_warn_ns.load(relaxed), day_ns))};
}

}  // namespace

result<load_segment> load_segment::create(unsigned slots, std::string_view name, monotonic_time now,
                                          const page_placer& place) {
  SHOAL_CHECK(slots > 0 && slots <= max_slots);
  auto memory =
      segment::create(std::string(load_segment_name), segment_bytes(slots), [&](std::byte* data) {
        if (place) place_all(data, slots, place);
      });
  if (!memory) return memory.error();
  auto& header = *reinterpret_cast<load_header*>(memory.value().data());
  write_header(header, slots, name, now);
  if (auto sealed = memory.value().seal(); !sealed) return sealed.error();
  return load_segment(std::move(memory).value(), slots);
}

void load_segment::set_dispatch(std::string_view text) const noexcept {
  write_text(reinterpret_cast<load_header*>(memory_.data())->dispatch, text);
}

void load_segment::set_control(std::string_view path) const noexcept {
  write_text(reinterpret_cast<load_header*>(memory_.data())->control, path);
}

void load_segment::set_successor(pid_t supervisor) const noexcept {
  reinterpret_cast<load_header*>(memory_.data())
      ->successor.store(static_cast<std::uint64_t>(supervisor), relaxed);
}

void load_segment::set_stall_warn(nanoseconds length) const noexcept {
  reinterpret_cast<load_header*>(memory_.data())
      ->stall_warn_ns.store(static_cast<std::uint64_t>(length.count()), relaxed);
}

load_slot& load_segment::slot(unsigned slot) const noexcept {
  SHOAL_CHECK(slot < slots_);
  return reinterpret_cast<load_slot*>(memory_.data() + slots_offset)[slot];
}

load_ring& load_segment::ring(unsigned slot) const noexcept {
  SHOAL_CHECK(slot < slots_);
  return reinterpret_cast<load_ring*>(memory_.data() + rings_offset(slots_))[slot];
}

result<load_view> load_view::open(int fd) {
  struct stat file{};
  if (::fstat(fd, &file) != 0) return system_error(errno, "cannot look at a load segment");
  const auto bytes = static_cast<std::size_t>(file.st_size);
  if (!is_sealed(fd)) return error{EINVAL, "not a load segment: not sealed against shrinking"};
  if (bytes < segment_bytes(1)) return error{EINVAL, "not a load segment: too small"};
  auto map = mapping::read_only(fd, bytes);
  if (!map) return map.error();
  auto header = read_header(*reinterpret_cast<const load_header*>(map.value().data()), bytes);
  if (!header) return header.error();
  return load_view(std::move(map).value(), std::move(header).value());
}

std::string load_view::dispatch() const {
  return read_text(reinterpret_cast<const load_header*>(map_.data())->dispatch);
}

std::uint64_t load_view::successor() const noexcept {
  return reinterpret_cast<const load_header*>(map_.data())->successor.load(relaxed);
}

std::string load_view::control() const {
  return read_text(reinterpret_cast<const load_header*>(map_.data())->control);
}

const load_slot& load_view::slot(unsigned slot) const noexcept {
  SHOAL_CHECK(slot < header_.slot_count);
  return reinterpret_cast<const load_slot*>(map_.data() + header_.slots_offset)[slot];
}

const load_ring& load_view::ring(unsigned slot) const noexcept {
  SHOAL_CHECK(slot < header_.slot_count);
  return reinterpret_cast<const load_ring*>(map_.data() + header_.rings_offset)[slot];
}

}  // namespace shoal::shm
