#include "http/client/client_exchange.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "base/check.h"
#include "http/field_text.h"
#include "http/scan.h"
#include "shoal/io/tcp.h"

namespace shoal::http {
namespace {

/// Interim answers before the one that counts; nobody honest sends more than a few.
constexpr unsigned most_interim = 16;

bool is_idempotent(method verb) noexcept { return verb != method::post && verb != method::patch; }

bool valid_target(method verb, std::string_view target) noexcept {
  if (target == "*") return verb == method::options;
  if (target.empty() || target.front() != '/') return false;
  const char* at = target.data();
  const char* const end = at + target.size();
  while ((at = find_target_stop(at, end)) != end) {
    if (*at == '?') {
      ++at;
    } else if (*at == '%' && end - at >= 3 && is_hex(at[1]) && is_hex(at[2])) {
      at += 3;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

client_exchange::client_exchange(std::shared_ptr<const client_core> core, method verb,
                                 std::string target, request_fields fields, request_body body)
    : core_(std::move(core)), verb_(verb), target_(std::move(target)), body_(std::move(body)) {
  if (verb == method::connect || verb == method::other) {
    throw std::invalid_argument("shoal::client sends no CONNECT");
  }
  if (!valid_target(verb, target_)) {
    throw std::invalid_argument("no request target: '" + target_ +
                                "'; it begins with '/' and is percent-encoded");
  }
  write_head(target_, fields);
}

client_exchange::~client_exchange() {
  static_cast<list_node&>(*this).unlink();
  // What has come already may be the rest: then the connection can stay.
  while (answered_ && !over_ && place_.link() != nullptr) {
    if (take_piece().empty()) break;
  }
}

void client_exchange::write_head(const std::string& target, const request_fields& fields) {
  out_.append(to_string(verb_)).append(" ").append(target).append(" HTTP/1.1\r\n");
  if (!fields.host_) out_.append("Host: ").append(core_->host).append("\r\n");
  const std::string& agent = core_->options.user_agent;
  if (!fields.user_agent_ && !agent.empty()) {
    out_.append("User-Agent: ").append(agent).append("\r\n");
  }
  out_.append(fields.text_);
  const bool may_have_body =
      verb_ == method::post || verb_ == method::put || verb_ == method::patch;
  if (body_.chunked_) {
    out_.append("Transfer-Encoding: chunked\r\n");
  } else if (body_.produce_ || !body_.text_.empty() || may_have_body) {
    const auto size = body_.produce_ ? body_.bytes_ : body_.text_.size();
    out_.append("Content-Length: ").append(std::to_string(size)).append("\r\n");
  }
  out_.append("\r\n").append(body_.text_);
}

void client_exchange::fail(reason why, const std::string& text) {
  place_ = {};
  throw client_error(why, std::string(to_string(verb_)) + ' ' + core_->url + target_ + ": " + text);
}

monotonic_time client_exchange::deadline_of(nanoseconds limit) const noexcept {
  return std::min(total_, io::deadline_after(*loop_, limit));
}

nanoseconds client_exchange::left_until(monotonic_time deadline) const noexcept {
  return deadline == never ? tcp::no_limit : deadline - loop_->now();
}

// ---- a connection

task<void> client_exchange::start() {
  co_await shoal::detail::at_home_now{};
  loop_ = io::loop::current();
  SHOAL_CHECK(loop_ != nullptr);  // a request is made in a turn of a worker's loop
  total_ = io::deadline_after(*loop_, core_->options.total_limit);
  co_await find_place(false);
  const auto first = co_await ask();
  if (first == attempt::answered) co_return;
  // The server had closed a connection that was kept: once more, on a fresh one. The first sender
  // may still wait to write, and must not speak for the second.
  sender_.reset();
  co_await find_place(true);
  const auto second = co_await ask();
  SHOAL_CHECK(second == attempt::answered);  // a fresh connection is never stale
}

task<void> client_exchange::find_place(bool fresh) {
  if (!place_.taken()) {
    client_pool& pool = client_pool::of(*loop_, core_);
    place_ = co_await pool.ask(deadline_of(core_->options.queue_limit));
    if (!place_.taken()) fail(reason::busy, "all connections are taken");
  }
  if (fresh) place_.empty();
  reused_ = place_.link() != nullptr;
  if (!reused_) co_await connect();
}

task<void> client_exchange::connect() {
  int code = 0;
  std::string problem;
  try {
    const auto limit = left_until(deadline_of(core_->options.connect_limit));
    auto made = co_await tcp::connect(core_->address, limit);
    place_.put(made.release());
  } catch (const network_error& failed) {
    code = failed.code();
    problem = failed.what();
  }
  if (!problem.empty()) fail(code == ETIMEDOUT ? reason::timeout : reason::connect, problem);
}

// ---- the request

task<void> client_exchange::send() {
  try {
    co_await send_all();
    sent_ = true;
  } catch (const network_error& failed) {
    // The answer may say why the server stopped listening: whoever reads finds out.
    send_error_ = failed.code();
  } catch (...) {
    failure_ = std::current_exception();
  }
  if (failure_ || send_error_ == ETIMEDOUT) loop_->defer(*this);
  if (answered_ || place_.link() == nullptr) co_return;
  head_due_ = deadline_of(core_->options.first_byte_limit);
  place_.link()->limit_read(head_due_);
}

void client_exchange::run() noexcept {
  if (place_.link() != nullptr) place_.link()->fail_read(failure_ ? ECANCELED : ETIMEDOUT);
}

task<void> client_exchange::send_all() {
  co_await put(out_);
  if (!body_.produce_) co_return;
  co_await body_.produce_(*this);
  if (body_.chunked_) {
    co_await put(last_chunk);
  } else if (produced_ < body_.bytes_) {
    throw std::length_error("shoal::client: a request body shorter than announced");
  }
}

task<void> client_exchange::put(std::string_view bytes) {
  const auto limit = left_until(deadline_of(core_->options.between_bytes_limit));
  co_await tcp::writing(place_.link(), bytes, limit);
}

task<void> client_exchange::write(std::string_view bytes) {
  if (bytes.empty() || place_.link() == nullptr) co_return;
  produced_ += bytes.size();
  if (!body_.chunked_) {
    if (produced_ > body_.bytes_) {
      throw std::length_error("shoal::client: a request body longer than announced");
    }
    co_await put(bytes);
    co_return;
  }
  const chunk_head line(bytes.size());
  chunk_.assign(line.text()).append(bytes).append("\r\n");
  co_await put(chunk_);
}

// ---- the answer

/// Sends, and reads until there is a head.
task<client_exchange::attempt> client_exchange::ask() {
  buffer_.clear();
  sent_ = false;
  send_error_ = 0;
  head_due_ = total_;  // while the request is under way, its writes have limits
  sender_.emplace().start(send());
  for (;;) {
    int code = 0;
    std::string_view piece;
    try {
      piece = co_await tcp::reading(place_.link(), left_until(head_due_));
    } catch (const network_error& failed) {
      code = failed.code();
    }
    if (failure_) {
      place_ = {};
      std::rethrow_exception(failure_);
    }
    if (code == ETIMEDOUT) fail(reason::timeout, "no answer in time");
    if (code != 0 || piece.empty()) {
      const bool stale = reused_ && buffer_.empty() && interim_ == 0;
      if (stale && is_idempotent(verb_) && !body_.produce_) co_return attempt::stale;
      fail(reason::broken, "the connection ended before the answer");
    }
    buffer_.append(piece);
    if (read_head()) co_return attempt::answered;
  }
}

/// False: more must come.
bool client_exchange::read_head() {
  for (;;) {
    const auto parsed =
        parse_response_head(buffer_, core_->options.max_head, verb_ == method::head, head_);
    if (parsed.status == parse_status::partial) return false;
    if (parsed.status == parse_status::invalid) {
      const bool large =
          buffer_.size() >= std::min<std::size_t>(core_->options.max_head, max_head_bytes);
      fail(large ? reason::too_large : reason::protocol, std::string(parsed.problem));
    }
    if (head_.status >= 200) break;
    if (head_.status == 101) fail(reason::protocol, "101 where nobody asked for another protocol");
    if (++interim_ > most_interim) fail(reason::protocol, "too many interim answers");
    buffer_.erase(0, head_.size);
  }
  answered_ = true;
  input_ = std::string_view(buffer_).substr(head_.size);
  remaining_ = head_.content_length;
  if (head_.body == answer_framing::none) finish();
  return true;
}

/// What has come of the body; empty: nothing, or it is over.
std::string_view client_exchange::take_piece() {
  while (!over_) {
    std::string_view data;
    if (head_.body == answer_framing::chunked) {
      const auto step = decoder_.next(input_);
      input_.remove_prefix(step.consumed);
      data = step.data;
      if (step.what == chunked_decoder::status::done) finish();
      if (step.what == chunked_decoder::status::invalid) {
        place_ = {};
        return {};
      }
      if (step.what == chunked_decoder::status::need_more) return {};
    } else if (head_.body == answer_framing::length) {
      data = input_.substr(0, remaining_);
      remaining_ -= data.size();
      input_.remove_prefix(data.size());
      if (data.empty() && remaining_ == 0) finish();
      if (data.empty()) return {};
    } else {
      data = std::exchange(input_, {});
      if (data.empty()) return {};
    }
    if (!data.empty()) return data;
  }
  return {};
}

task<std::string_view> client_exchange::next() {
  for (;;) {
    if (over_) co_return {};
    const auto data = take_piece();
    if (!data.empty() || over_) co_return data;
    if (place_.link() == nullptr) fail(reason::protocol, "a body that is not chunked as it says");
    const auto piece = co_await receive(deadline_of(core_->options.between_bytes_limit));
    if (!piece.empty()) {
      input_ = piece;
      continue;
    }
    if (head_.body != answer_framing::close) {
      fail(reason::broken, "the connection ended in the middle of the body");
    }
    finish();
  }
}

task<std::string_view> client_exchange::receive(monotonic_time deadline) {
  // Where there is always something to read nobody waits, and no timer sees the end of the time.
  if (loop_->now() >= total_) fail(reason::timeout, "the body took too long");
  int code = 0;
  try {
    co_return co_await tcp::reading(place_.link(), left_until(deadline));
  } catch (const network_error& failed) {
    code = failed.code();
  }
  if (failure_) {
    place_ = {};
    std::rethrow_exception(failure_);
  }
  if (code == ETIMEDOUT) fail(reason::timeout, "the body stopped coming");
  fail(reason::broken, "the connection was reset in the middle of the body");
}

task<std::string> client_exchange::all() {
  std::string whole;
  const std::uint64_t most = core_->options.max_body;
  if (head_.body == answer_framing::length) {
    if (remaining_ > most) fail(reason::too_large, "a body beyond the limit");
    whole.reserve(std::min<std::uint64_t>(remaining_, 1 << 20));
  }
  for (;;) {
    const auto piece = co_await next();
    if (piece.empty()) co_return whole;
    if (piece.size() > most - whole.size()) fail(reason::too_large, "a body beyond the limit");
    whole.append(piece);
  }
}

/// The body is over: the connection may serve another request, unless anything is in doubt.
void client_exchange::finish() noexcept {
  over_ = true;
  if (head_.keep_alive && sent_ && input_.empty()) return place_.give_back();
  place_ = {};
}

}  // namespace shoal::http
