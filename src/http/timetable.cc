#include "http/timetable.h"

#include <exception>
#include <new>
#include <string>
#include <utility>

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
  for (auto& each : entries_) {
    if (each.waits_for_idleness()) idlers_.push_back(&each);
  }
}

void timetable::turn_ended(std::uint64_t answered) noexcept {
  if (idlers_.empty() || std::exchange(answered_, answered) == answered) return;
  for (auto* const each : idlers_) each->stir();
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
  if (!stopped_ && !runs_ && !pending()) loop_.start(*this, loop_.now() + what_.interval);
}

/// The timer is left where it is: it sees by itself that it has to wait on.
void timetable::entry::stir() noexcept {
  stirred_ = loop_.now();
  start();
}

void timetable::entry::expired() noexcept try {
  const auto due = stirred_ + what_.interval;
  if (what_.when_idle && loop_.now() < due) return loop_.start(*this, due);
  runs_ = true;
  running_.start(once());
} catch (const std::bad_alloc&) {
  runs_ = false;
  start();
}

task<> timetable::entry::once() {
  const auto began = loop_.now();
  try {
    co_await what_.run(self_);
  } catch (const std::exception& failure) {
    tell_failure(self_, failure.what());
  } catch (...) {
    tell_failure(self_, "an exception of unknown kind");
  }
  runs_ = false;
  // Whoever was asked meanwhile has another pause before him.
  if (!what_.when_idle || stirred_ > began) start();
}

}  // namespace shoal::http
