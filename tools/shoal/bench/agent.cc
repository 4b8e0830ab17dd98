#include "bench/agent.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "bench/agent_words.h"
#include "bench/interrupts.h"
#include "bench/line_channel.h"
#include "bench/peers.h"
#include "cluster/listen/address.h"

namespace shoal::bench {
namespace {

using what = agent_request::what;

constexpr std::chrono::seconds time_for_a_line{5};
constexpr std::chrono::seconds time_for_a_hello{1};  // of one that is turned away
constexpr unsigned most_body_bytes = 1 << 20;
constexpr int backlog = 16;

/// One generator's, from its hello to its end.
class session final {
 public:
  session(const agent_options& asked, descriptor socket)
      : asked_(asked),
        channel_(std::move(socket)),
        who_(channel_.peer_address()),
        host_(field_for(asked, channel_)) {}

  [[nodiscard]] int socket() const noexcept { return channel_.socket(); }
  [[nodiscard]] const std::string& who() const noexcept { return who_; }

  /// Answers the next request. Errors: this is its end, and why.
  [[nodiscard]] result<void> serve_one() {
    auto line = channel_.receive(read_clock() + time_for_a_line, &interrupts::came);
    if (!line) return line.error();
    const auto request = request_in(line.value());
    if (!request) return refuse(request.error());
    if (!greeted_) return greet(request.value());
    return channel_.send(answer(request.value()));
  }

 private:
  static field_of_play field_for(const agent_options& asked, const line_channel& channel) {
    auto field = asked.field;
    field.address = channel.own_address();
    return field;
  }

  result<void> refuse(const error& why) {
    static_cast<void>(channel_.send(to_line(why)));
    return why;
  }

  result<void> greet(const agent_request& request) {
    if (request.act != what::hello) return refuse({EPROTO, "a session begins with hello"});
    if (request.protocol != agent_protocol) {
      return refuse({EPROTO, "this shoal speaks protocol " + std::to_string(agent_protocol) +
                                 ", and the generator's " + std::to_string(request.protocol)});
    }
    if (request.token != asked_.token) return refuse({EACCES, "the token is another one"});
    greeted_ = true;
    agent_welcome welcome{.peers = asked_.given, .installed = installed_peers()};
    welcome.peers.insert(welcome.peers.end(), welcome.installed.begin(), welcome.installed.end());
    welcome.server_cores = static_cast<unsigned>(asked_.field.server_cpus.size());
    return channel_.send(to_line(welcome));
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

  const agent_options& asked_;
  line_channel channel_;
  const std::string who_;  // a connection that is lost does not say any more
  local_host host_;
  bool greeted_ = false;
  std::unique_ptr<measured_process> running_;  // ends before the host
};

result<descriptor> listen_at(const std::string& control) {
  const auto where = cluster::parse_address(control);
  if (!where) return where.error();
  descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
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

/// Whoever comes is served, or told that another one is.
void welcome_next(int listener, const agent_options& asked, std::optional<session>& current) {
  descriptor socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket) return;
  if (!current) {
    current.emplace(asked, std::move(socket));
    std::fprintf(stderr, "shoal: a session of %s begins\n", current->who().c_str());
    return;
  }
  line_channel other(std::move(socket));
  // Read first: what is unread when a socket closes makes the other side lose our answer.
  static_cast<void>(other.receive(read_clock() + time_for_a_hello, &interrupts::came));
  static_cast<void>(other.send(
      to_line(error{EBUSY, "the session of " + current->who() + " has this machine now"})));
}

}  // namespace

result<void> run_agent(const agent_options& asked) {
  const interrupts kept;
  const auto listener = listen_at(asked.control);
  if (!listener) return listener.error();
  if (const auto said = say_where(listener.value().get()); !said) return said;
  std::optional<session> current;
  while (!interrupts::came()) {
    pollfd sources[] = {{listener.value().get(), POLLIN, 0},
                        {current ? current->socket() : -1, POLLIN, 0}};
    if (::poll(sources, 2, 1000) <= 0) continue;  // a signal may come right before it
    // First what may make room for the other.
    if (current && sources[1].revents != 0) {
      if (const auto served = current->serve_one(); !served) {
        std::fprintf(stderr, "shoal: the session of %s has ended: %s\n", current->who().c_str(),
                     served.error().message.c_str());
        current.reset();
      }
    }
    if (sources[0].revents != 0) welcome_next(listener.value().get(), asked, current);
  }
  return {};
}

}  // namespace shoal::bench
