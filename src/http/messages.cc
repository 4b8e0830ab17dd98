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

void tell_thrown(const message_type& type, sender from, const char* what) {
  log_error(std::string("the handler of ") + type.tag.name + " from " + show(from) +
            " has thrown: " + what);
}

void tell_unreadable(const message_type& type, sender from, std::size_t bytes, const char* why) {
  log_error(std::string("a message ") + type.tag.name + " from " + show(from) + ", " +
            std::to_string(bytes) + " bytes, cannot be read: " + why);
}

template <typename Self>
bool call(const std::function<void(Self&, std::string_view, sender)>& handler,
          const message_type& type, Self& self, std::string_view what, sender from) noexcept try {
  try {
    if (handler) handler(self, what, from);
  } catch (const unreadable& failure) {
    tell_unreadable(type, from, what.size(), failure.what());
    return false;
  } catch (const std::exception& failure) {
    tell_thrown(type, from, failure.what());
  } catch (...) {
    tell_thrown(type, from, "something that is no std::exception");
  }
  return true;
} catch (const std::bad_alloc&) {
  return true;  // there is no memory for words
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

void check_length(const message_type& type, std::string_view what) {
  if (!type.encoded || what.size() <= most_encoded_bytes) return;
  throw std::length_error(std::string("shoal: a message ") + type.tag.name + " of " +
                          std::to_string(what.size()) + " bytes; " +
                          std::to_string(most_encoded_bytes) + " are the most");
}

bool handle(const message_type& type, worker& self, std::string_view what, sender from) noexcept {
  return call(type.handle, type, self, what, from);
}

bool handle(const message_type& type, supervisor& self, std::string_view what,
            sender from) noexcept {
  return call(type.supervise, type, self, what, from);
}

}  // namespace shoal::http
