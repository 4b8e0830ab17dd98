#include "bench/agent.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/agent_words.h"
#include "bench/interrupts.h"
#include "bench/line_channel.h"
#include "bench/peers.h"
#include "cluster/listen/address.h"

namespace shoal::bench {
namespace {

using what = agent_request::what;

constexpr std::chrono::seconds time_for_a_line{5};
constexpr int rest_ms = 100;  // after a connection that could not be accepted
constexpr unsigned most_body_bytes = 1 << 20;
constexpr int backlog = 16;
constexpr std::size_t most_guests = 16;

/// One generator's, from what follows its hello to its end.
class session final {
 public:
  session(const agent_options& asked, line_channel channel)
      : channel_(std::move(channel)),
        who_(channel_.peer_address()),
        host_(field_for(asked, channel_)) {}

  [[nodiscard]] int socket() const noexcept { return channel_.socket(); }
  [[nodiscard]] const std::string& who() const noexcept { return who_; }

  /// Answers the next request. Errors: this is its end, and why.
  [[nodiscard]] result<void> serve_one() {
    auto line = channel_.receive(read_clock() + time_for_a_line, &interrupts::came);
    if (!line) return line.error();
    const auto request = request_in(line.value());
    if (request) return channel_.send(answer(request.value()));
    static_cast<void>(channel_.send(to_line(request.error())));
    return request.error();
  }

 private:
  static field_of_play field_for(const agent_options& asked, const line_channel& channel) {
    auto field = asked.field;
    field.address = channel.own_address();
    return field;
  }

  std::string answer(const agent_request& request) {
    switch (request.act) {
      case what::describe: {
        const auto facts = host_.describe(request.contenders);
        return facts ? to_line(facts.value()) : to_line(facts.error());
      }
      case what::start:
        return start(request);
      case what::look: {
        if (!running_) return to_line(error{0, "nothing was started"});
        const auto seen = running_->look_at();
        return seen ? to_line(seen.value()) : to_line(seen.error());
      }
      case what::stop: {
        if (!running_) return to_line(error{0, "nothing was started"});
        const auto stopped = std::exchange(running_, nullptr)->stop();
        return stopped ? stopped_line() : to_line(stopped.error());
      }
      case what::hello:
        break;
    }
    return to_line(error{EPROTO, "hello comes once"});
  }

  std::string start(const agent_request& request) {
    if (request.contenders.size() != 1 || request.body_bytes > most_body_bytes) {
      return to_line(error{EPROTO, "start takes one contender, and bodies of 1 MiB at most"});
    }
    running_.reset();
    auto started = host_.start(request.contenders.front(), request.body_bytes, [this] {
      return interrupts::came() || channel_.anything_to_read();  // its end, since it waits for us
    });
    if (!started) return to_line(started.error());
    running_ = std::move(started).value();
    const auto& authority = running_->authority();
    const auto port = std::stoul(authority.substr(authority.rfind(':') + 1));
    return started_line(static_cast<std::uint16_t>(port));
  }

  line_channel channel_;
  const std::string who_;  // a connection that is lost does not say any more
  local_host host_;
  std::unique_ptr<measured_process> running_;  // ends before the host
};

result<descriptor> listen_at(const std::string& control) {
  const auto where = cluster::parse_address(control);
  if (!where) return where.error();
  descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (where.value().storage.ss_family != AF_INET) {
    return error{EAFNOSUPPORT, control + ": must be IPv4, as what is measured is"};
  }
  if (::bind(listener.get(), where.value().raw(), where.value().size) != 0 ||
      ::listen(listener.get(), backlog) != 0) {
    return system_error(errno, "cannot listen on " + control);
  }
  return listener;
}

result<void> say_where(int listener) {
  const auto bound = cluster::address_of(listener);
  std::printf("{\"control\":\"%s\",\"pid\":%d}\n", bound ? show(*bound).c_str() : "", ::getpid());
  if (std::fflush(stdout) != 0) return system_error(errno, "cannot say the port on stdout");
  return {};
}

result<void> check_hello(std::string_view line, const std::string& token) {
  const auto request = request_in(line);
  if (!request) return request.error();
  if (request.value().act != what::hello) return error{EPROTO, "a session begins with hello"};
  if (request.value().protocol != agent_protocol) {
    return error{EPROTO, "this shoal speaks protocol " + std::to_string(agent_protocol) +
                             ", and the generator's " + std::to_string(request.value().protocol)};
  }
  if (request.value().token != token) return error{EACCES, "the token is another one"};
  return {};
}

agent_welcome welcome_of(const agent_options& asked) {
  agent_welcome welcome{.peers = asked.given, .installed = installed_peers()};
  welcome.peers.insert(welcome.peers.end(), welcome.installed.begin(), welcome.installed.end());
  welcome.server_cores = static_cast<unsigned>(asked.field.server_cpus.size());
  return welcome;
}

/// A connection that has not said hello.
struct guest {
  line_channel channel;
  monotonic_time until;  // when it is shown out
};

/// Who comes, and whose the machine is. Waits for all of them at once: somebody who says nothing,
/// or half a word, keeps nobody.
class reception final {
 public:
  reception(const agent_options& asked, descriptor listener)
      : asked_(asked), listener_(std::move(listener)) {}

  /// Waits for a second at most, and does what there is to do.
  void turn() {
    std::vector<pollfd> sources;
    for (const auto& each : guests_) sources.push_back({each.channel.socket(), POLLIN, 0});
    sources.push_back({current_ ? current_->socket() : -1, POLLIN, 0});
    sources.push_back({tired_ ? -1 : listener_.get(), POLLIN, 0});
    const int found = ::poll(sources.data(), sources.size(), tired_ ? rest_ms : 1000);
    tired_ = false;
    const auto came = [&](std::size_t i) { return found > 0 && sources[i].revents != 0; };
    const std::size_t guests = guests_.size();
    // First what may make room for others.
    if (came(guests)) serve();
    for (std::size_t i = 0; i < guests; ++i) hear_first(came(i));
    if (came(guests + 1)) welcome_next();
  }

 private:
  void serve() {
    const auto served = current_->serve_one();
    if (served) return;
    std::fprintf(stderr, "shoal: the session of %s has ended: %s\n", current_->who().c_str(),
                 served.error().message.c_str());
    current_.reset();
  }

  /// The one that waits for longest; if nothing comes of it, it waits on as the last.
  void hear_first(bool something_came) {
    guest first = std::move(guests_.front());
    guests_.pop_front();
    if (something_came) {
      const auto line = first.channel.receive_now();
      if (!line) return;
      if (line.value()) return answer_hello(*line.value(), std::move(first.channel));
    }
    if (read_clock() < first.until) guests_.push_back(std::move(first));
  }

  void answer_hello(const std::string& line, line_channel channel) {
    auto right = check_hello(line, asked_.token);
    if (right && current_) {
      right = error{EBUSY, "the session of " + current_->who() + " has this machine now"};
    }
    const auto sent = channel.send(right ? to_line(welcome_of(asked_)) : to_line(right.error()));
    if (!right || !sent) return;
    current_.emplace(asked_, std::move(channel));
    std::fprintf(stderr, "shoal: a session of %s begins\n", current_->who().c_str());
  }

  /// Where many say nothing, the one that has for longest makes room.
  void welcome_next() {
    descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    tired_ = !socket;  // without descriptors it would fail again and again
    if (!socket) return;
    if (guests_.size() == most_guests) guests_.pop_front();
    guests_.push_back({line_channel(std::move(socket)), read_clock() + time_for_a_line});
  }

  const agent_options& asked_;
  const descriptor listener_;
  std::deque<guest> guests_;  // in the order in which they came
  std::optional<session> current_;
  bool tired_ = false;
};

}  // namespace

result<void> run_agent(const agent_options& asked) {
  const interrupts kept;
  auto listener = listen_at(asked.control);
  if (!listener) return listener.error();
  if (const auto said = say_where(listener.value().get()); !said) return said;
  reception desk(asked, std::move(listener).value());
  while (!interrupts::came()) desk.turn();  // a signal may come right before it waits
  return {};
}

}  // namespace shoal::bench
