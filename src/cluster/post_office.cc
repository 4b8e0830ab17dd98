#include "cluster/post_office.h"

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

result<post_office> post_office::open(std::vector<unsigned> homes, std::size_t most_bytes) {
  SHOAL_CHECK(!homes.empty());
  auto boxes = shm::letter_boxes::create(static_cast<unsigned>(homes.size()) + 1, most_bytes);
  if (!boxes) return boxes.error();
  std::vector<descriptor> bells(*std::max_element(homes.begin(), homes.end()) + 2);
  for (auto& bell : bells) {
    bell.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!bell) return system_error(errno, "cannot open a bell for messages");
  }
  return post_office(std::move(boxes).value(), std::move(homes), std::move(bells));
}

shm::pushed post_office::send(writer from, unsigned to,
                              const std::vector<http::message_type>& types, const void* type_key,
                              std::string_view what) const {
  const auto type = http::number_of(types, type_key, to);
  if (!has(to)) throw std::out_of_range("shoal: there is no worker " + std::to_string(to));
  const auto bytes = static_cast<std::uint32_t>(what.size());
  return box(to).push(from.process, {.from = from.number, .type = type, .bytes = bytes},
                      reinterpret_cast<const std::byte*>(what.data()));
}

void post_office::died(pid_t process) const noexcept {
  for (unsigned w = 0; w < workers(); ++w) box(w).give_up(process);
  box(the_supervisor).give_up(process);
  for (unsigned p = 0; p < bells_.size(); ++p) ring(p);
}

void post_office::hush(unsigned process) const noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(bell(process), &count, sizeof count);
}

void post_office::keep_open(std::vector<int>& descriptors) const {
  for (const auto& bell : bells_) descriptors.push_back(bell.get());
}

void post_office::ring(unsigned process) const noexcept {
  const std::uint64_t once = 1;
  [[maybe_unused]] const auto written = ::write(bell(process), &once, sizeof once);
}

std::unique_ptr<std::max_align_t[]> room_for_letters(std::size_t most_bytes) {
  return std::make_unique<std::max_align_t[]>(most_bytes / sizeof(std::max_align_t) + 1);
}

bool is_sound(const shm::letter_head& head, const std::vector<http::message_type>& types) noexcept {
  return head.type < types.size() && types[head.type].bytes == head.bytes;
}

}  // namespace shoal::cluster
