#include "io/sim/peer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.h"

namespace shoal::io::sim {

void peer::send(std::string_view bytes) {
  SHOAL_CHECK(planned_ == last_act::none);  // sent after close
  outbox_.append(bytes);
  flush();
}

std::size_t peer::try_send(std::string_view bytes) {
  if (end_.reset || end_.fin_sent || flushed_ < outbox_.size()) return 0;
  return net_.write(end_, std::as_bytes(std::span(bytes)));
}

void peer::shutdown_send() {
  planned_ = std::max(planned_, last_act::shut_down);
  flush();
}

void peer::close() {
  if (std::exchange(planned_, last_act::close) == last_act::close) return;
  lingers_ = net_.chance(net_.settings().half_close);
  flush();
}

void peer::reset() {
  outbox_.clear();
  flushed_ = 0;
  net_.reset(end_);
}

std::string peer::take(std::size_t most) {
  std::string taken = received_.substr(0, most);
  received_.erase(0, taken.size());
  const std::size_t unread = std::min(most - taken.size(), end_.arrived);
  if (reading_ || unread == 0) return taken;
  const auto bytes = end_.inbox.front(unread);
  taken.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  net_.read(end_, unread);
  return taken;
}

void peer::resume_reading() {
  if (std::exchange(reading_, true) || end_.closed) return;
  net_.look_again(end_, nanoseconds{0});
}

void peer::changed() noexcept {
  flush();
  if (end_.established && !std::exchange(told_established_, true) && on_established)
    on_established(*this);
  if (reading_ && end_.arrived > 0) read_some();
  if (ended() && !end_.closed && !std::exchange(told_end_, true)) {
    if (on_ended) on_ended(*this);
    end_it();
  }
}

void peer::read_some() {
  std::size_t count = end_.arrived;
  if (net_.chance(net_.settings().slow_peer)) {
    count = net_.some_of(count);
    net_.look_again(end_, net_.draw_delay());
  }
  const auto bytes = end_.inbox.front(count);
  received_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  net_.read(end_, count);
  if (on_received) on_received(*this);
}

void peer::flush() {
  if (end_.reset) return;
  if (flushed_ < outbox_.size()) {
    flushed_ += net_.write(end_, std::as_bytes(std::span(outbox_)).subspan(flushed_));
    if (flushed_ < outbox_.size()) return;
    outbox_.clear();
    flushed_ = 0;
  }
  end_it();
}

/// Does the last act, when all before it has left.
void peer::end_it() {
  if (planned_ == last_act::none || end_.closed || flushed_ < outbox_.size()) return;
  if (planned_ == last_act::shut_down || (lingers_ && !ended())) {
    net_.finish(end_);
  } else {
    net_.close(end_);
  }
}

}  // namespace shoal::io::sim
