#include "http/exchange.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/random.h"
#include "http/connection.h"
#include "http/lending.h"
#include "http/server_core.h"

namespace shoal::http {
namespace {

/// For what belongs to the loop.
void need_home() {
  if (auto* const away = shoal::detail::stretch::current()) away->root().need_home();
}

}  // namespace

void exchange::reset(connection& serving, const head& of) noexcept {
  core = &serving.core();
  owner = &serving;
  request = &of;
  parameter_count = 0;
  if (!decoded.empty()) decoded.clear();
  if (!id.empty()) id.clear();
  prepared = false;
  remote = {};
  if (!values.empty()) values.clear();
  if (!gathered.empty()) gathered.clear();
  reader = nullptr;
  limit = 0;
  taken = 0;
  body_over = true;
  body_error = 0;
  const auto& options = core->options;
  if (options.observer != nullptr) began = options.clock();
}

bool exchange::set_parameters(const route_match& match) {
  parameter_count = match.parameter_count;
  std::size_t escaped_bytes = 0;
  for (std::size_t i = 0; i < match.parameter_count; ++i) {
    parameters[i] = match.parameters[i];
    if (parameters[i].find('%') != std::string_view::npos) escaped_bytes += parameters[i].size();
  }
  if (escaped_bytes == 0) return true;
  decoded.resize(escaped_bytes);  // once: the views below must stay
  char* to = decoded.data();
  for (std::size_t i = 0; i < match.parameter_count; ++i) {
    if (parameters[i].find('%') == std::string_view::npos) continue;
    const std::size_t length = percent_decode(parameters[i], to);
    if (length == std::string_view::npos) return false;
    parameters[i] = {to, length};
    to += length;
  }
  return true;
}

const std::string& exchange::request_id() {
  if (id.empty()) {
    if (!prepared) need_home();
    const std::uint64_t drawn_from = prepared ? id_number : core->next_request_id++;
    std::uint64_t number = random_source(drawn_from).next();
    std::string drawn;
    for (int i = 0; i < 16; ++i, number >>= 4) drawn.push_back("0123456789abcdef"[number & 15]);
    set_request_id(drawn);
  }
  return id;
}

void exchange::set_request_id(std::string_view said) {
  id = said;
  if (core->lends != nullptr && shoal::detail::stretch::current() == nullptr) {
    core->lends->request.has_id(said, owner);
  }
}

std::string_view exchange::remote_address() {
  if (prepared || owner == nullptr) return remote;
  need_home();
  return remote = owner->remote();
}

void suspended_exchange::open(connection& serving, const head& of) {
  arrived = serving.core().loop.now();
  bytes_.assign(of.base, of.size);
  head_.copy_from(of, bytes_.data());
  reset(serving, head_);
  away.reset();
  abandoned = watched = stays_home = false;
  stretch_ = {};
}

void suspended_exchange::take_over(exchange& from) {
  open(*from.owner, *from.request);
  const char* const was_decoded_at = from.decoded.data();
  decoded.swap(from.decoded);
  parameter_count = from.parameter_count;
  for (std::size_t i = 0; i < parameter_count; ++i) {
    const char* const at = from.parameters[i].data();
    const auto in_head = static_cast<std::size_t>(at - from.request->base);
    const bool was_in_head = std::less_equal<>()(from.request->base, at) && in_head < bytes_.size();
    const char* const now =
        was_in_head ? bytes_.data() + in_head : decoded.data() + (at - was_decoded_at);
    parameters[i] = {now, from.parameters[i].size()};
  }
  id = std::move(from.id);
  began = from.began;
  values.swap(from.values);
}

void suspended_exchange::close() noexcept {
  unlink();
  producer.reset();
  writer = nullptr;
  late.reset();
  handler.reset();
  values.clear();
  reader = nullptr;
  gathered = {};  // a body may have been large
  away.reset();
  next_ = nullptr;
  kept_remote_.reset();
}

// ---- on other threads

void suspended_exchange::prepare_to_leave(std::size_t of) {
  route = of;
  static_cast<void>(remote_address());
  id_number = core->next_request_id++;
  prepared = true;
  const auto& plan = core->table.plans[of];
  away.home = &core->loop;
  away.of = plan.work;
  away.route = static_cast<std::uint32_t>(of);
  away.predicted_us = core->costs.predicted_us(of);
}

/// Several of its functions may be away at once, so its id must not be drawn there.
void suspended_exchange::function_leaves() {
  static_cast<void>(remote_address());
  static_cast<void>(request_id());
  prepared = true;
}

void suspended_exchange::errand_leaves() noexcept {
  job_leaves(away);
  ++core->counters.jobs_out;
  core->counters.jobs_predicted_us += away.predicted_us;
}

void suspended_exchange::errand_is_back() noexcept {
  job_came_home(away);
  --core->counters.jobs_out;
  core->counters.jobs_predicted_us -= away.predicted_us;
}

bool suspended_exchange::begin_away(compute::executor& by, const endpoint& target) noexcept {
  errand_leaves();
  if (away.begin(by, target)) return true;
  errand_is_back();
  return false;
}

void suspended_exchange::came_home() noexcept {
  errand_is_back();
  const bool ran = away.what == compute::job::result::ran;
  if (ran) core->costs.ran_away(route, {away.wall, away.cpu}, core->loop.now());
  if (away.needed_home()) core->costs.needs_worker(route);
  if (!ran && !abandoned) return owner->errand_refused();
  arriving_ = true;
  away.arrive(abandoned);
  arriving_ = false;
  if (abandoned) return all_home();
  if (away.finished()) return owner->errand_finished();
  if (next_) send_away();
}

/// What is gone on with may be here again, and over, before this returns.
void suspended_exchange::go_away(std::coroutine_handle<> again) noexcept {
  next_ = again;
  if (!arriving_ && !abandoned) send_away();
}

void suspended_exchange::send_away() noexcept {
  errand_leaves();
  if (away.go_on(std::exchange(next_, nullptr))) return;
  errand_is_back();
  stays_home = true;
  next_ = away.take_next();
  core->loop.defer(*this);
}

void suspended_exchange::leave(std::unique_ptr<std::string> remote_text) noexcept {
  unlink();
  abandon();
  owner = nullptr;
  kept_remote_ = std::move(remote_text);  // a stretch may look at it
  core->left_behind.push_back(*this);
}

void suspended_exchange::all_home() noexcept {
  if (has_jobs_out()) return;
  suspended_exchange* whole = this;
  core->exchanges.release(whole);
}

void suspended_exchange::begin_stretch() noexcept {
  static_cast<void>(core->serving.take_touched());
  stretch_.start(core->costs.moves_routes());
}

void suspended_exchange::end_stretch() noexcept {
  if (!stretch_.runs()) return;
  core->costs.ran_here(route, stretch_.stop(), core->serving.take_touched());
}

// ---- for the loop

std::coroutine_handle<> suspended_exchange::finished() noexcept {
  const auto* const stretch = shoal::detail::stretch::current();
  if (stretch != nullptr && &stretch->root() == this) {  // and not somebody else's who resumes it
    away.finish();
  } else if (owner != nullptr) {
    end_stretch();
    owner->handler_finished();
  }
  return std::noop_coroutine();
}

void suspended_exchange::run() noexcept {
  if (next_) std::exchange(next_, nullptr).resume();
  if (owner != nullptr) owner->advance();
}

exchange_pool::~exchange_pool() {
  while (free_ != nullptr) delete std::exchange(free_, free_->next);
}

suspended_exchange* exchange_pool::acquire() {
  if (free_ == nullptr) return new suspended_exchange;
  --free_count_;
  suspended_exchange* const taken = std::exchange(free_, free_->next);
  taken->next = nullptr;
  return taken;
}

void exchange_pool::release(suspended_exchange*& used) noexcept {
  suspended_exchange* const released = std::exchange(used, nullptr);
  if (released == nullptr) return;
  released->close();
  if (free_count_ == kept) {
    delete released;
    return;
  }
  released->next = std::exchange(free_, released);
  ++free_count_;
}

}  // namespace shoal::http
