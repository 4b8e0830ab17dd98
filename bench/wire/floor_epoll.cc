// The barest epoll loop: wait, and for each readable connection one receive and one send.
//
// Edge-triggered: a level-triggered connection goes back on the ready list with every wait and is
// polled once more. A short receive has emptied the socket, so the call that would say EAGAIN is
// saved. Nothing else is left out: two calls for each batch of requests, one wait for each turn.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "floor.h"

namespace shoal::wire {
namespace {

class epoll_floor final {
 public:
  explicit epoll_floor(int listener)
      : listener_(listener), poller_(::epoll_create1(EPOLL_CLOEXEC)), tails_(descriptor_limit()) {
    if (poller_ < 0) give_up("epoll_create1", errno);
    watch(listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 512> events;
    while (true) {
      const int ready = ::epoll_wait(poller_, events.data(), events.size(), -1);
      for (int i = 0; i < ready; ++i) {
        if (events[i].data.fd == listener_) {
          accept_all();
        } else {
          serve(events[i].data.fd);
        }
      }
    }
  }

 private:
  void watch(int socket, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.fd = socket;
    if (::epoll_ctl(poller_, EPOLL_CTL_ADD, socket, &event) != 0) give_up("epoll_ctl", errno);
  }

  void accept_all() {
    int socket;
    while ((socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      tails_[socket] = {};
      watch(socket, EPOLLIN | EPOLLET);
    }
  }

  void serve(int socket) {
    ssize_t received;
    do {
      received = ::recv(socket, buffer_.data(), buffer_.size(), 0);
      if (received <= 0) break;
      const std::span bytes(buffer_.data(), static_cast<std::size_t>(received));
      const unsigned requests = count_blank_lines(bytes, tails_[socket]);
      // A client that reads its answers never fills the socket's buffer; another one is cut off.
      const auto length = static_cast<ssize_t>(requests * answer.size());
      if (length != 0 && ::send(socket, answers_.data(), length, MSG_NOSIGNAL) != length) {
        received = 0;
        break;
      }
    } while (received == static_cast<ssize_t>(buffer_.size()));
    if (received == 0 || (received < 0 && errno != EAGAIN)) ::close(socket);
  }

  int listener_;
  int poller_;
  std::vector<blank_line_tail> tails_;  // by descriptor
  std::array<char, receive_bytes> buffer_;
  std::string answers_ = many_answers();
};

}  // namespace
}  // namespace shoal::wire

int main(int argc, char** argv) {
  const int listener = shoal::wire::listen_or_exit(argc, argv);
  shoal::wire::epoll_floor(listener).run();
}
