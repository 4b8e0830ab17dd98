#include "http/exchange.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/random.h"
#include "http/connection.h"
#include "http/lending.h"
#include "http/server_core.h"

namespace shoal::http {

void exchange::reset(connection& serving, const head& of) noexcept {
  owner = &serving;
  request = &of;
  parameter_count = 0;
  if (!decoded.empty()) decoded.clear();
  if (!id.empty()) id.clear();
  if (!values.empty()) values.clear();
  if (!gathered.empty()) gathered.clear();
  reader = nullptr;
  limit = 0;
  taken = 0;
  body_over = true;
  body_error = 0;
  const auto& options = serving.core().options;
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
    std::uint64_t number = random_source(owner->core().next_request_id++).next();
    std::string drawn;
    for (int i = 0; i < 16; ++i, number >>= 4) drawn.push_back("0123456789abcdef"[number & 15]);
    set_request_id(drawn);
  }
  return id;
}

void exchange::set_request_id(std::string_view said) {
  id = said;
  if (auto* const lends = owner->core().lends) lends->request.has_id(said);
}

void suspended_exchange::open(connection& serving, const head& of) {
  bytes_.assign(of.base, of.size);
  head_.copy_from(of, bytes_.data());
  reset(serving, head_);
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
}

std::coroutine_handle<> suspended_exchange::finished() noexcept {
  owner->handler_finished();
  return std::noop_coroutine();
}

void suspended_exchange::run() noexcept { owner->advance(); }

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
