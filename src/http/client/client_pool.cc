#include "http/client/client_pool.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace shoal::http {
namespace {

// Of this thread: one for each loop and client, a few at most.
struct entry {
  io::loop* on;
  const client_core* of;
  client_pool* pool;
};
thread_local std::vector<entry> pools;

}  // namespace

client_pool* client_pool::find(io::loop& on, const client_core& core) noexcept {
  for (const entry& e : pools) {
    if (e.on == &on && e.of == &core) return e.pool;
  }
  return nullptr;
}

client_pool& client_pool::of(io::loop& on, const std::shared_ptr<const client_core>& core) {
  if (client_pool* const found = find(on, *core)) return *found;
  pools.reserve(pools.size() + 1);
  auto* const made = new client_pool(on, core);
  pools.push_back({&on, core.get(), made});
  return *made;
}

client_pool::client_pool(io::loop& on, std::shared_ptr<const client_core> core) noexcept
    : loop_(&on), core_(std::move(core)) {
  on.host(*this);
}

client_pool::~client_pool() {
  unlink();
  if (loop_ != nullptr) loop_->cancel(timer_);
  std::erase_if(pools, [this](const entry& e) { return e.pool == this; });
}

void client_pool::let_go() noexcept {
  let_go_ = true;
  ++taken_;  // by us, so that it does not end in the middle
  idle_.for_each([this](idle& i) { close(i); });
  if (--taken_ == 0) delete this;
}

void client_pool::loop_ended() noexcept {
  loop_->cancel(timer_);
  loop_ = nullptr;
  std::erase_if(pools, [this](const entry& e) { return e.pool == this; });
  let_go();
}

// ---- places

void client_pool::place::give_back() noexcept {
  client_pool* const pool = std::exchange(pool_, nullptr);
  io::tcp_link* const link = std::exchange(link_, nullptr);
  if (pool->let_go_ || pool->loop_ == nullptr || link->readable() || !link->writable()) {
    link->abandon();
    return pool->released();
  }
  pool->keep(link);
}

void client_pool::place::give_up() noexcept {
  empty();
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->released();
}

/// A place is free: the first one that waits has it.
void client_pool::released() noexcept {
  if (loop_ != nullptr && !waiting_.empty()) {
    place given;
    given.pool_ = this;
    return hand(std::move(given));
  }
  --taken_;
  if (let_go_ && taken_ == 0) delete this;
}

void client_pool::hand(place given) noexcept {
  asking& first = *waiting_.pop_front();
  --waiting_count_;
  first.queued_ = false;
  loop_->cancel(first.waiter_);
  first.given_ = std::move(given);
  loop_->defer(first);
}

// ---- asking

bool client_pool::asking::await_ready() noexcept {
  given_ = pool_.take_idle();
  if (given_.taken()) return true;
  if (pool_.taken_ < pool_.core_->options.max_connections) {
    ++pool_.taken_;
    given_.pool_ = &pool_;
    return true;
  }
  return pool_.waiting_count_ >= pool_.core_->options.max_waiting;
}

void client_pool::asking::await_suspend(std::coroutine_handle<> caller) noexcept {
  queued_ = true;
  pool_.waiting_.push_back(*this);
  ++pool_.waiting_count_;
  waiter_.begin(*pool_.loop_, caller, deadline_);
}

/// The queue, or the loop's list once it has been given a place. The pool may be gone then.
void client_pool::asking::leave() noexcept {
  if (queued_ && linked()) --pool_.waiting_count_;
  queued_ = false;
  static_cast<list_node&>(*this).unlink();
  static_cast<list_node&>(static_cast<io::timer&>(waiter_)).unlink();
}

// ---- idle connections

client_pool::place client_pool::take_idle() noexcept {
  place taken;
  if (idle_.empty()) return taken;
  idle& last = idle_.back();
  taken.pool_ = this;
  taken.link_ = last.link;
  last.link->watch(nullptr);
  last.unlink();
  --idle_count_;
  delete &last;
  return taken;
}

void client_pool::keep(io::tcp_link* link) noexcept {
  if (!waiting_.empty()) {
    place given;
    given.pool_ = this;
    given.link_ = link;
    return hand(std::move(given));
  }
  link->trim();
  const auto until = io::deadline_after(*loop_, core_->options.idle_limit);
  auto* const kept = new (std::nothrow) idle(*this, link, until);
  if (kept == nullptr) {
    link->abandon();
    return released();
  }
  idle_.push_back(*kept);
  ++idle_count_;
  if (!timer_.pending()) close_old();
}

void client_pool::close(idle& gone) noexcept {
  gone.unlink();
  --idle_count_;
  gone.link->abandon();
  delete &gone;
  released();
}

void client_pool::close_old() noexcept {
  while (!idle_.empty()) {
    const monotonic_time end = idle_.front().until;
    if (end == never) return;
    if (end > loop_->now()) return loop_->start(timer_, end);
    close(idle_.front());
  }
}

}  // namespace shoal::http
