#include "http/messages.h"

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include "base/log.h"

namespace shoal::http {
namespace {

std::string show(sender from) {
  if (from.worker == the_supervisor) return "the supervisor";
  return "worker " + std::to_string(from.worker);
}

void tell(const message_type& type, sender from, const char* what) noexcept try {
  log_error(std::string("the handler of ") + type.tag.name + " from " + show(from) +
            " has thrown: " + what);
} catch (const std::bad_alloc&) {
  // There is no memory for words.
}

template <typename Self>
void call(const std::function<void(Self&, std::string_view, sender)>& handler,
          const message_type& type, Self& self, std::string_view what, sender from) noexcept {
  try {
    if (handler) handler(self, what, from);
  } catch (const std::exception& failure) {
    tell(type, from, failure.what());
  } catch (...) {
    tell(type, from, "something that is no std::exception");
  }
}

}  // namespace

std::uint32_t number_of(const std::vector<message_type>& types, const void* key, unsigned to) {
  const bool up = to == the_supervisor;
  for (std::uint32_t i = 0; i < types.size(); ++i) {
    const bool handled = up ? types[i].supervise != nullptr : types[i].handle != nullptr;
    if (types[i].key == key && handled) return i;
  }
  throw std::logic_error(
      std::string("shoal: no handler for messages of this type; register it with ") +
      (up ? "app.on_supervisor_message<T>()" : "app.on_message<T>()"));
}

void handle(const message_type& type, worker& self, std::string_view what, sender from) noexcept {
  call(type.handle, type, self, what, from);
}

void handle(const message_type& type, supervisor& self, std::string_view what,
            sender from) noexcept {
  call(type.supervise, type, self, what, from);
}

}  // namespace shoal::http
