// What all who take messages to workers have in common (shoal/http/message.h).
#pragma once

#include <cstdint>
#include <vector>

#include "shoal/http/message.h"
#include "shoal/http/worker.h"

namespace shoal::http {

/// Where the type stands among those of the app. Throws std::logic_error if it does not.
[[nodiscard]] std::uint32_t number_of(const std::vector<message_type>& types, const void* key);

/// Calls the handler. What it throws is logged.
void handle(const message_type& type, worker& self, const void* what, sender from) noexcept;

}  // namespace shoal::http
