#include "http/timetable.h"

#include <exception>
#include <new>
#include <string>

#include "base/log.h"

namespace shoal::http {
namespace {

void tell_failure(const worker& self, const char* why) {
  log_error("worker " + std::to_string(self.id()) +
            ": what it does again and again has failed: " + why);
}

}  // namespace

timetable::timetable(const std::vector<recurring>& what, worker& self, io::loop& loop) {
  for (const auto& one : what) {
    if (!one.by_one || self.id() == 0) entries_.emplace_back(one, self, loop);
  }
}

void timetable::stop() noexcept {
  for (auto& each : entries_) each.stop();
}

void timetable::entry::stop() noexcept {
  stopped_ = true;
  loop_.cancel(*this);
}

/// From the end of a run, so that a slow one is not followed by another at once.
void timetable::entry::start() noexcept {
  if (!stopped_ && !pending()) loop_.start(*this, loop_.now() + what_.interval);
}

void timetable::entry::expired() noexcept try {
  running_.start(once());
} catch (const std::bad_alloc&) {
  start();
}

task<> timetable::entry::once() {
  try {
    co_await what_.run(self_);
  } catch (const std::exception& failure) {
    tell_failure(self_, failure.what());
  } catch (...) {
    tell_failure(self_, "an exception of unknown kind");
  }
  start();
}

}  // namespace shoal::http
