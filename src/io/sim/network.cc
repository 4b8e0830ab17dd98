#include "io/sim/network.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace shoal::io::sim {
namespace {

// Far above every limit, so that a number that strays into a real system call is EBADF there.
constexpr int first_number = 1'000'000;

// Linux tries a SYN again after a second when the queue is full.
constexpr nanoseconds syn_retry = std::chrono::seconds{1};

std::uint64_t hash_of(std::span<const std::byte> bytes) noexcept {
  std::uint64_t hash = bytes.size();
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t n = std::min(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), n);
    hash = (std::rotl(hash, 5) ^ word) * 0x9e3779b97f4a7c15U;
    bytes = bytes.subspan(n);
  }
  return hash;
}

}  // namespace

void socket::changed() noexcept {
  for (operation* op : waiting)
    if (op != nullptr) net.make_ready_if_able(*op);
}

bool able(const operation& op, const socket& s) noexcept {
  if ((op.state_ & state::starved) != 0) return false;
  if ((op.state_ & (state::cancelled | state::failing | state::promised)) != 0) return true;
  const endpoint* end = s.end;
  switch (op.what()) {
    case operation::kind::accept:
      return !s.listening || !s.queue.empty();
    case operation::kind::receive:
      return end == nullptr || end->readable();
    case operation::kind::send:
    case operation::kind::send_file:
      return end == nullptr || end->reset || end->fin_sent || end->room() > 0;
    case operation::kind::connect:
      return end == nullptr || end->established || end->refused;
  }
  return false;
}

void network::make_ready_if_able(operation& op) {
  if ((op.state_ & state::queued) != 0 || !able(op, at(op.socket))) return;
  op.state_ |= state::queued;
  ready.push_back(&op);
}

// Time

void network::advance_to(monotonic_time t) noexcept { now_ = std::max(now_, t); }

void network::run_events() noexcept {
  while (!events_.empty() && events_.next_time() <= now_) happen(events_.pop());
}

void network::call_at(monotonic_time when, std::function<void()> call) {
  std::uint64_t index = calls_.size();
  if (free_calls_.empty()) {
    calls_.push_back(std::move(call));
  } else {
    index = free_calls_.back();
    free_calls_.pop_back();
    calls_[index] = std::move(call);
  }
  events_.push({std::max(when, now_), event::kind::call, nullptr, index}, now_);
}

void network::send_event(event::kind what, endpoint& to, std::uint64_t amount, bool ordered,
                         socket* listener) {
  monotonic_time time = now_;
  if (chance(faults_.delay)) time += draw_delay();
  if (ordered) time = to.arrival_order = std::max(time, to.arrival_order);
  events_.push({time, what, &to, amount, listener}, now_);
}

void network::happen(const event& e) {
  trace(traced::event, static_cast<std::uint64_t>(e.what) << 32 | (e.end ? e.end->id : 0),
        e.amount);
  const bool travels = e.what == event::kind::bytes || e.what == event::kind::fin;
  if (travels && !e.end->reset && chance(faults_.reset)) {
    fall(*e.end);
    fall(*e.end->other);
    return;
  }
  switch (e.what) {
    case event::kind::bytes:
      return arrive(*e.end, e.amount);
    case event::kind::fin:
      e.end->fin_arrived = !e.end->reset;
      return tell(*e.end);
    case event::kind::rst:
      return fall(*e.end);
    case event::kind::syn:
      return knock(e);
    case event::kind::established:
      e.end->established = true;
      return tell(*e.end);
    case event::kind::refused:
      e.end->refused = true;
      return fall(*e.end);
    case event::kind::look:
      return tell(*e.end);
    case event::kind::call: {
      const std::function<void()> call = std::exchange(calls_[e.amount], nullptr);
      free_calls_.push_back(e.amount);
      return call();
    }
  }
}

void network::tell(endpoint& end) noexcept {
  if (end.watch != nullptr) end.watch->changed();
}

void network::arrive(endpoint& end, std::size_t bytes) {
  if (end.reset) return;  // what was under way has been dropped
  if (end.closed) {
    end.inbox.clear();
    if (!end.other->reset) send_event(event::kind::rst, *end.other);
    return;
  }
  end.arrived += bytes;
  tell(end);
}

/// A SYN comes to a listener.
void network::knock(const event& e) {
  endpoint& server = *e.end;
  socket& listener = *e.listener;
  if (!listener.open || listener.serial != e.amount) return refuse(*server.other);
  if (!listener.host && listener.queue.size() >= listener.backlog)
    return events_.push({now_ + syn_retry, e.what, &server, e.amount, &listener}, now_);
  server.established = true;
  send_event(event::kind::established, *server.other);
  if (listener.host) return listener.host(server);
  listener.queue.push_back(&server);
  listener.changed();
}

/// The connection is gone as far as this end knows. What has arrived stays readable.
void network::fall(endpoint& end) noexcept {
  if (end.reset) return;
  end.reset = true;
  end.inbox.truncate(end.arrived);
  tell(end);
}

// Chance

bool network::chance(double probability) noexcept {
  if (probability <= 0) return false;
  return static_cast<double>(random_.next() >> 11) * 0x1p-53 < probability;
}

std::size_t network::some_of(std::size_t count) noexcept { return 1 + random_.below(count); }

nanoseconds network::draw_delay() noexcept {
  return nanoseconds{static_cast<std::int64_t>(
      some_of(static_cast<std::size_t>(std::max<std::int64_t>(faults_.max_delay.count(), 1))))};
}

std::size_t network::draw_window() noexcept {
  return chance(faults_.small_window) ? some_of(faults_.window) : faults_.window;
}

void network::trace(traced what, std::uint64_t id, std::uint64_t amount) noexcept {
  for (const std::uint64_t word :
       {static_cast<std::uint64_t>(what), id, amount, to_ns(now_), std::uint64_t{ready.size()}})
    hash_ = (std::rotl(hash_, 5) ^ word) * 0x9e3779b97f4a7c15U;
}

// Connections

endpoint& network::open_pair(std::size_t window) {
  endpoint& one = endpoints_.emplace_back();
  endpoint& two = endpoints_.emplace_back();
  one.id = static_cast<std::uint32_t>(endpoints_.size() - 1);
  two.id = one.id + 1;
  one.other = &two;
  two.other = &one;
  one.window = two.window = std::max<std::size_t>(window, 1);
  return one;
}

void network::establish(endpoint& client) noexcept {
  client.established = client.other->established = true;
}

void network::connect(endpoint& client, socket& listener) {
  SHOAL_CHECK(listener.open && listener.listening);
  trace(traced::connect, client.id, static_cast<std::uint64_t>(listener.number));
  send_event(event::kind::syn, *client.other, listener.serial, true, &listener);
}

void network::refuse(endpoint& client) { send_event(event::kind::refused, client); }

std::size_t network::write(endpoint& from, std::span<const std::byte> bytes) {
  SHOAL_DCHECK(!from.reset && !from.fin_sent);
  bytes = bytes.first(std::min(bytes.size(), from.room()));
  if (bytes.empty()) return 0;
  trace(traced::wrote, from.id, hash_of(bytes));
  from.other->inbox.append(bytes);
  send_event(event::kind::bytes, *from.other, bytes.size());
  return bytes.size();
}

void network::read(endpoint& end, std::size_t count) noexcept {
  SHOAL_DCHECK(count <= end.arrived);
  trace(traced::read, end.id, count);
  end.inbox.drop_front(count);
  end.arrived -= count;
  end.taken += count;
  if (end.other->watch != nullptr) end.other->watch->room_again();
}

void network::finish(endpoint& from) {
  if (std::exchange(from.fin_sent, true) || from.reset) return;
  send_event(event::kind::fin, *from.other);
}

void network::close(endpoint& end) {
  if (std::exchange(end.closed, true)) return;
  end.watch = nullptr;
  if (end.arrived > 0) return reset(end);
  finish(end);
}

void network::reset(endpoint& from) {
  from.closed = true;
  from.watch = nullptr;
  from.inbox.clear();
  from.arrived = 0;
  if (std::exchange(from.reset, true)) return;
  send_event(event::kind::rst, *from.other, 0, !chance(faults_.overtake));
}

void network::look_again(endpoint& end, nanoseconds later) {
  events_.push({now_ + later, event::kind::look, &end}, now_);
}

// Descriptors

socket& network::open_socket(endpoint* end) {
  while (lowest_free_ < sockets_.size() && sockets_[lowest_free_].open) ++lowest_free_;
  if (lowest_free_ == sockets_.size())
    sockets_.emplace_back(*this).number = first_number + static_cast<int>(lowest_free_);
  socket& s = sockets_[lowest_free_];
  ++open_sockets_;
  s.open = true;
  s.end = end;
  if (end != nullptr) end->watch = &s;
  return s;
}

socket& network::open_listener(std::size_t backlog) {
  socket& s = open_socket(nullptr);
  s.listening = true;
  s.backlog = backlog;
  return s;
}

socket* network::find(int number) noexcept {
  const auto index = static_cast<std::size_t>(number - first_number);
  return number >= first_number && index < sockets_.size() ? &sockets_[index] : nullptr;
}

socket& network::at(int number) noexcept {
  socket* const s = find(number);
  SHOAL_CHECK(s != nullptr && s->open);  // used after close, or the kernel's
  return *s;
}

socket* network::listener_at(int number) noexcept {
  socket* const s = find(number);
  return s != nullptr && s->open && s->listening ? s : nullptr;
}

void network::close(socket& s) {
  for (const operation* op : s.waiting) SHOAL_CHECK(op == nullptr);  // closed while in flight
  trace(traced::close, static_cast<std::uint64_t>(s.number), 0);
  for (endpoint* end : s.queue) reset(*end);
  s.queue.clear();
  if (s.end != nullptr) close(*std::exchange(s.end, nullptr));
  s.listening = false;
  s.host = nullptr;
  s.open = false;
  ++s.serial;
  --open_sockets_;
  lowest_free_ = std::min(lowest_free_, static_cast<std::size_t>(s.number - first_number));
}

}  // namespace shoal::io::sim
