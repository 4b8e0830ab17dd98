#include "http/messages.h"

#include <fcntl.h>

#include <cerrno>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

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
bool call(const message_type::function<Self>& handler, const message_type& type, Self& self,
          std::string_view what, sender from, passed_descriptor& with) noexcept try {
  try {
    if (handler) handler(self, what, from, std::move(with));
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

void check_descriptor(const message_type& type, int fd) {
  if (fd < 0) return;
  if (!type.with_descriptor) {
    throw std::logic_error(std::string("shoal: the handler of ") + type.tag.name +
                           " takes no descriptor");
  }
  if (::fcntl(fd, F_GETFD) < 0) {
    throw std::system_error(errno, std::generic_category(), "shoal: a descriptor to be sent");
  }
}

bool handle(const message_type& type, worker& self, std::string_view what, sender from,
            passed_descriptor with) noexcept {
  return call(type.handle, type, self, what, from, with);
}

bool handle(const message_type& type, supervisor& self, std::string_view what, sender from,
            passed_descriptor with) noexcept {
  return call(type.supervise, type, self, what, from, with);
}

}  // namespace shoal::http
