// What all who take messages to workers and to the supervisor have in common
// (shoal/http/message.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "shoal/http/message.h"
#include "shoal/http/supervisor.h"
#include "shoal/http/worker.h"

namespace shoal::http {

/// Where the type stands among those of the app. Throws std::logic_error if nobody has said what
/// `to`, a worker or the_supervisor, does with it.
[[nodiscard]] std::uint32_t number_of(const std::vector<message_type>& types, const void* key,
                                      unsigned to);

/// Throws std::length_error if an encoded message is longer than it may be.
void check_length(const message_type& type, std::string_view what);

/// Throws std::logic_error if `fd` is one and the type's handler takes none, std::system_error if
/// it is not open.
void check_descriptor(const message_type& type, int fd);

/// Calls the handler, if there is one. What it throws is logged. False: it was not called, since
/// the message cannot be decoded, which is logged too.
bool handle(const message_type& type, worker& self, std::string_view what, sender from,
            passed_descriptor with) noexcept;
bool handle(const message_type& type, supervisor& self, std::string_view what, sender from,
            passed_descriptor with) noexcept;

}  // namespace shoal::http
