#include "cluster/letters/post_office.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/check.h"
#include "http/messages.h"

namespace shoal::cluster {
namespace {

/// Encoded ones of up to this many bytes lie in the box: 256 with what stands on them.
constexpr std::size_t short_encoded = 232;
static_assert(sizeof(shm::sheet_list) <= short_encoded);
static_assert(most_encoded_bytes == shm::letter_sheets::most_bytes);

}  // namespace

result<post_office> post_office::open(std::vector<unsigned> homes,
                                      const std::vector<http::message_type>& types) {
  SHOAL_CHECK(!homes.empty());
  std::size_t most_bytes = 0;
  bool encoded = false;
  bool with_descriptors = false;
  for (const auto& type : types) {
    encoded = encoded || type.encoded;
    with_descriptors = with_descriptors || type.with_descriptor;
    most_bytes = std::max(most_bytes, type.encoded ? short_encoded : type.bytes);
  }
  auto boxes =
      shm::letter_boxes::create(static_cast<unsigned>(homes.size()) + 1, most_bytes, encoded);
  if (!boxes) return boxes.error();
  std::vector<descriptor> bells(*std::max_element(homes.begin(), homes.end()) + 2);
  for (auto& bell : bells) {
    bell.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!bell) return system_error(errno, "cannot open a bell for messages");
  }
  std::vector<parcel_line> lines;
  for (unsigned b = 0; with_descriptors && b < boxes.value().boxes(); ++b) {
    auto line = parcel_line::open();
    if (!line) return line.error();
    lines.push_back(std::move(line).value());
  }
  return post_office(std::move(boxes).value(), std::move(homes), std::move(bells),
                     std::move(lines));
}

shm::pushed post_office::send(writer from, unsigned to,
                              const std::vector<http::message_type>& types, const void* type_key,
                              std::string_view what, int fd) const {
  const auto type = http::number_of(types, type_key, to);
  if (!has(to)) throw std::out_of_range("shoal: there is no worker " + std::to_string(to));
  http::check_length(types[type], what);
  http::check_descriptor(types[type], fd);
  const auto bytes = static_cast<std::uint32_t>(what.size());
  const shm::letter_head head{.from = from.number, .type = type, .bytes = bytes};
  if (what.size() > short_bytes()) return send_long(from.process, to, head, what, fd);
  return put(from.process, to, head, what.data(), fd);
}

shm::pushed post_office::send_long(pid_t process, unsigned to, const shm::letter_head& head,
                                   std::string_view what, int fd) const noexcept {
  const auto on = sheets(to);
  const auto list = on->write(process, what);
  if (!list) return shm::pushed::full;
  const auto done =
      put(process, to, {.from = head.from, .type = head.type | long_mark, .bytes = sizeof *list},
          &*list, fd);
  if (done == shm::pushed::full) {
    on->take_back(process, *list);
  } else {
    on->sent(process, *list);
  }
  return done;
}

shm::pushed post_office::put(pid_t process, unsigned to, shm::letter_head head,
                             const void* contents, int fd) const noexcept {
  const auto* const bytes = static_cast<const std::byte*>(contents);
  const auto at = box(to);
  if (fd < 0) return at.push(process, head, bytes);
  const auto place = at.claim(process);
  if (!place) return shm::pushed::full;
  if (lines_[index_of(to)].send(*place, fd)) {
    head.type |= with_mark;
    return at.fill(*place, head, bytes);
  }
  // Whoever has written behind it meanwhile has not been heard.
  if (at.waive(*place) == shm::pushed::unheard) call(to);
  return shm::pushed::full;
}

void post_office::died(pid_t process) const noexcept {
  for (unsigned b = 0; b < boxes_.boxes(); ++b) {
    boxes_.of(b).give_up(process);
    if (const auto on = boxes_.sheets_of(b)) on->give_up(process);
  }
  for (unsigned p = 0; p < bells_.size(); ++p) ring(p);
}

void post_office::hush(unsigned process) const noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(bell(process), &count, sizeof count);
}

void post_office::keep_open(std::vector<int>& descriptors) const {
  for (const auto& bell : bells_) descriptors.push_back(bell.get());
  for (const auto& line : lines_) {
    descriptors.push_back(line.near_end());
    descriptors.push_back(line.far_end());
  }
}

void post_office::ring(unsigned process) const noexcept {
  const std::uint64_t once = 1;
  [[maybe_unused]] const auto written = ::write(bell(process), &once, sizeof once);
}

}  // namespace shoal::cluster
