#include "http/messages.h"

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include "base/log.h"

namespace shoal::http {
namespace {

void tell(const message_type& type, sender from, const char* what) noexcept try {
  log_error(std::string("the handler of ") + type.tag.name + " from worker " +
            std::to_string(from.worker) + " has thrown: " + what);
} catch (const std::bad_alloc&) {
  // There is no memory for words.
}

}  // namespace

std::uint32_t number_of(const std::vector<message_type>& types, const void* key) {
  for (std::uint32_t i = 0; i < types.size(); ++i) {
    if (types[i].key == key) return i;
  }
  throw std::logic_error(
      "shoal: no handler for messages of this type; register it with app.on_message<T>()");
}

void handle(const message_type& type, worker& self, const void* what, sender from) noexcept {
  try {
    type.handle(self, what, from);
  } catch (const std::exception& failure) {
    tell(type, from, failure.what());
  } catch (...) {
    tell(type, from, "something that is no std::exception");
  }
}

}  // namespace shoal::http
