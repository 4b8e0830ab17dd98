#include "observe/log_pump.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "observe/line_buffer.h"

namespace shoal::observe {
namespace {

constexpr std::size_t batch_bytes = 128 * 1024;
static_assert(batch_bytes >= max_line_bytes);

}  // namespace

log_pump::log_pump(std::deque<line_ring>& rings, log_file file)
    : rings_(rings), file_(std::move(file)), batch_(new char[batch_bytes]) {}

log_pump::progress log_pump::pump() noexcept {
  reason_ = 0;
  while (true) {
    if (unwritten_.empty()) take();
    if (unwritten_.empty()) return progress::done;
    const auto done = file_.write(unwritten_);
    unwritten_.remove_prefix(done.bytes);
    if (done.error != 0) reason_ = done.error;
    if (done.error == EAGAIN) return progress::blocked;
    if (done.error != 0) drop_rest();
  }
}

/// One batch, of as many rings as have something.
void log_pump::take() noexcept {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < rings_.size() && batch_bytes - bytes >= max_line_bytes; ++i) {
    auto& ring = rings_[(first_ + i) % rings_.size()];
    bytes += ring.take(std::span(batch_.get() + bytes, batch_bytes - bytes));
  }
  ++first_;
  unwritten_ = {batch_.get(), bytes};
}

void log_pump::give_up() noexcept {
  do {
    drop_rest();
    take();
  } while (!unwritten_.empty());
}

void log_pump::change_file(log_file file) noexcept {
  drop_rest();
  file_ = std::move(file);
}

bool log_pump::rings_empty() const noexcept {
  return std::all_of(rings_.begin(), rings_.end(), [](const auto& ring) { return ring.empty(); });
}

std::uint64_t log_pump::dropped() const noexcept {
  auto lines = refused_;
  for (const auto& ring : rings_) lines += ring.dropped();
  return lines;
}

void log_pump::drop_rest() noexcept {
  refused_ += static_cast<std::uint64_t>(std::count(unwritten_.begin(), unwritten_.end(), '\n'));
  unwritten_ = {};
  file_.give_up_rest();
}

}  // namespace shoal::observe
