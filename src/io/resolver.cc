#include "io/resolver.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/socket_address.h"

namespace shoal::io {
namespace {

// Those that of() has made on this thread: a few at most.
thread_local std::vector<std::pair<loop*, resolver*>> of_loops;

resolved_name ask_the_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* first = nullptr;
  resolved_name answer;
  if (const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &first); code != 0) {
    answer.problem = ::gai_strerror(code);
    return answer;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(first, ::freeaddrinfo);
  for (const addrinfo* a = first; a != nullptr; a = a->ai_next) {
    if (a->ai_family != AF_INET && a->ai_family != AF_INET6) continue;
    socket_address found;
    std::memcpy(&found.bytes, a->ai_addr, a->ai_addrlen);
    found.size = a->ai_addrlen;
    answer.addresses.emplace_back(found);
  }
  if (answer.addresses.empty()) answer.problem = "no address";
  return answer;
}

}  // namespace

resolver::resolver(loop& on, lookup look_up) : loop_(on), look_up_(std::move(look_up)) {
  on.host(*this);
}

resolver::~resolver() {
  stop();
  unlink();
}

resolver& resolver::of(loop& on) {
  for (const auto& [home, found] : of_loops) {
    if (home == &on) return *found;
  }
  of_loops.reserve(of_loops.size() + 1);
  auto* made = new resolver(on, ask_the_system);
  made->ends_with_loop_ = true;
  of_loops.emplace_back(&on, made);
  return *made;
}

void resolver::loop_ended() noexcept {
  stop();
  if (!ends_with_loop_) return;
  std::erase_if(of_loops, [this](const auto& one) { return one.second == this; });
  delete this;
}

void resolver::stop() noexcept {
  if (!helper_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  helper_.join();
}

std::shared_ptr<const resolved_name> resolver::known(const std::string& host) const {
  const auto found = names_.find(host);
  if (found == names_.end() || found->second.stale <= loop_.now()) return nullptr;
  return found->second.answer;
}

void resolver::ask(asking& caller) {
  if (names_.size() >= most_names) make_room();
  name& wanted = names_[caller.host_];
  if (wanted.asked == nullptr) {
    if (!helper_.joinable()) helper_ = std::thread([this] { help(); });
    auto fresh = std::make_unique<question>();
    fresh->owner = this;
    fresh->host = caller.host_;
    {
      const std::lock_guard lock(mutex_);
      questions_.push_back(fresh.get());
    }
    changed_.notify_one();
    wanted.asked = std::move(fresh);
  }
  wanted.waiting.push_back(caller);
}

/// Names that nobody waits for go: first those that are stale, or else all.
void resolver::make_room() {
  const auto now = loop_.now();
  std::erase_if(names_, [now](auto& n) { return !n.second.asked && n.second.stale <= now; });
  if (names_.size() < most_names) return;
  std::erase_if(names_, [](auto& n) { return !n.second.asked; });
}

void resolver::answered(question& q) noexcept {
  name& wanted = names_[q.host];
  const auto asked = std::move(wanted.asked);
  const auto answer = std::make_shared<const resolved_name>(std::move(q.answer));
  // A failure is told to those who wait and not kept: it may be over in a moment.
  if (answer->problem.empty()) {
    wanted.answer = answer;
    wanted.stale = loop_.now() + kept_for;
  }
  intrusive_list<asking> waiting;
  waiting.splice_back(wanted.waiting);
  if (wanted.answer == nullptr) names_.erase(q.host);
  while (asking* caller = waiting.pop_front()) {
    caller->answer_ = answer;
    caller->waiter_.resume(loop_);
  }
}

/// The helper thread.
void resolver::help() noexcept {
  for (;;) {
    question* next = nullptr;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !questions_.empty(); });
      if (stopping_) return;
      next = questions_.front();
      questions_.pop_front();
    }
    try {
      next->answer = look_up_(next->host);
    } catch (const std::exception& failed) {
      next->answer.problem = failed.what();
    }
    loop_.post(*next);
  }
}

}  // namespace shoal::io
