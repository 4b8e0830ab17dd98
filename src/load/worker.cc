#include "load/worker.h"

#include <memory>
#include <string>
#include <system_error>

#include "load/measure.h"

namespace shoal::load {
namespace {

// For connections to be opened before a warm-up. What is not there then is an error like others.
constexpr std::chrono::seconds opening_time{5};

}  // namespace

worker::worker(const preparation& prepared, const common_ground& common, share part,
               starting_line& line)
    : prepared_(prepared), common_(common), share_(part), line_(line) {}

int worker::cpu() const noexcept {
  const topology::cpu_list& cpus = prepared_.asked.cpus;
  return cpus.empty() ? -1 : static_cast<int>(cpus[share_.index % cpus.size()]);
}

void worker::begin() {
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error& refused) {
    outcome_ = system_error(refused.code().value(),
                            "cannot start thread " + std::to_string(share_.index + 1));
    line_.withdraw();
    line_.finish();
  }
}

void worker::join() {
  if (thread_.joinable()) thread_.join();
}

void worker::work() {
  outcome_ = try_to_work();
  if (!came_) line_.withdraw();
  line_.finish();
}

result<void> worker::try_to_work() {
  if (const auto ready = prepare_thread(cpu()); !ready) return ready.error();
  const auto driver = io::open_driver(prepared_.driver);
  if (!driver) return driver.error();
  const auto made = std::make_unique<generator>(common_, share_, *driver.value());
  show(made.get());
  if (prepared_.asked.warm_up.count() > 0) made->open_connections(read_clock() + opening_time);
  came_ = true;
  if (const auto start = line_.wait()) {
    seen_ = measure(*made, prepared_.asked, *start, share_.index == 0);
    seen_.driver = driver.value()->name();
  }
  show(nullptr);
  return {};
}

void worker::show(generator* which) {
  const std::lock_guard lock(mutex_);
  shown_ = which;
  if (shown_ != nullptr && stopping_) shown_->ask_to_stop();
}

void worker::ask_to_stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  if (shown_ != nullptr) shown_->ask_to_stop();
}

void worker::add_live(live_sum& to) const {
  const std::lock_guard lock(mutex_);
  if (shown_ != nullptr) to.add(shown_->live());
}

}  // namespace shoal::load
