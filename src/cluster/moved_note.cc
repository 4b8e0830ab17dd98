#include "cluster/moved_note.h"

#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>

namespace shoal::cluster {
namespace {

using head = moved_note::head;

static_assert(std::has_unique_object_representations_v<head>, "no stray byte leaves the process");

bool send(int end, note_kind kind, const head& about, std::string_view input, int socket) noexcept {
  if (input.size() > most_input) {
    errno = EMSGSIZE;
    return false;
  }
  const std::string_view first(reinterpret_cast<const char*>(&about), sizeof about);
  return send_socket(end, kind, first, input, socket);
}

}  // namespace

bool send_moved(int end, const http::moved_connection& one) noexcept {
  const head about{.key = one.key,
                   .served = one.served,
                   .work_us = one.work_us,
                   .closes_at = one.closes_at,
                   .input_bytes = static_cast<std::uint32_t>(one.input.size()),
                   .shared = one.has_others(),
                   .node = one.node};
  return send(end, one.on_trial ? note_kind::tried : note_kind::moved, about, one.input,
              one.socket);
}

bool send_moved(int end, const moved_note& one, int socket) noexcept {
  return send(end, note_kind::moved, one.about, one.input, socket);
}

std::optional<moved_note> read_moved(std::string_view text) {
  moved_note one;
  if (text.size() < sizeof one.about) return std::nullopt;
  std::memcpy(static_cast<void*>(&one.about), text.data(), sizeof one.about);
  text.remove_prefix(sizeof one.about);
  if (text.size() != one.about.input_bytes) return std::nullopt;
  one.input = text;
  return one;
}

http::moved_connection unpack(moved_note&& one, int socket) noexcept {
  return {.socket = socket,
          .input = std::move(one.input),
          .served = one.about.served,
          .work_us = one.about.work_us,
          .closes_at = one.about.closes_at,
          .key = one.about.key,
          .node = one.about.node,
          .stays = one.about.comes_back,
          .shared = one.about.shared};
}

}  // namespace shoal::cluster
