// The connections that one worker has to one server.
//
// A place is the right to have a connection; there are max_connections of them. Who wants one gets
// an idle connection with its place, an empty place, or waits in a queue. The most recently used
// connection goes first, so that those too many grow old and end.
#pragma once

#include <coroutine>
#include <memory>
#include <utility>

#include "base/intrusive_list.h"
#include "http/client/client_core.h"
#include "io/loop.h"
#include "io/tcp_link.h"
#include "io/waiter.h"

namespace shoal::http {

class client_pool final : public io::loop_guest {
 public:
  /// The pool of this client on this loop; made when first asked for. Ends with the loop.
  [[nodiscard]] static client_pool& of(io::loop& on, const std::shared_ptr<const client_core>&);
  /// nullptr if there is none.
  [[nodiscard]] static client_pool* find(io::loop& on, const client_core&) noexcept;

  /// Its client ends: it goes as soon as no place is taken.
  void let_go() noexcept;

  /// A place, with a connection in it or empty.
  class place final {
   public:
    place() noexcept = default;
    place(place&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), link_(std::exchange(other.link_, nullptr)) {}
    place& operator=(place&& other) noexcept {
      if (this != &other) {
        give_up();
        pool_ = std::exchange(other.pool_, nullptr);
        link_ = std::exchange(other.link_, nullptr);
      }
      return *this;
    }
    ~place() { give_up(); }

    [[nodiscard]] bool taken() const noexcept { return pool_ != nullptr; }
    [[nodiscard]] io::tcp_link* link() const noexcept { return link_; }
    void put(io::tcp_link* fresh) noexcept { link_ = fresh; }
    /// Closes the connection and keeps the place.
    void empty() noexcept {
      if (link_ != nullptr) std::exchange(link_, nullptr)->abandon();
    }
    /// The connection may serve others.
    void give_back() noexcept;

   private:
    friend class client_pool;
    void give_up() noexcept;

    client_pool* pool_ = nullptr;
    io::tcp_link* link_ = nullptr;
  };

  /// co_await: a place; not taken() if there was none in time or the queue is full.
  class [[nodiscard]] asking final : public io::runnable {
   public:
    asking(client_pool& from, monotonic_time deadline) noexcept
        : pool_(from), deadline_(deadline) {}
    asking(const asking&) = delete;
    asking& operator=(const asking&) = delete;
    ~asking() { leave(); }
    [[nodiscard]] bool await_ready() noexcept;
    void await_suspend(std::coroutine_handle<> caller) noexcept;
    [[nodiscard]] place await_resume() noexcept {
      leave();
      return std::move(given_);
    }

   private:
    friend class client_pool;
    void run() noexcept override { waiter_.resume(*pool_.loop_); }
    void leave() noexcept;

    client_pool& pool_;
    monotonic_time deadline_;
    io::waiter waiter_;
    bool queued_ = false;
    place given_;
  };
  [[nodiscard]] asking ask(monotonic_time deadline) noexcept { return {*this, deadline}; }

  [[nodiscard]] client::counts counts() const noexcept {
    return {taken_, idle_count_, waiting_count_};
  }

 private:
  /// Waits for its next request, and hears what the server does meanwhile.
  struct idle final : public io::runnable {
    idle(client_pool& p, io::tcp_link* l, monotonic_time u) noexcept : pool(p), link(l), until(u) {
      link->watch(this);
    }
    /// The end, or bytes that nobody asked for: either way it is of no use any more.
    void run() noexcept override { pool.close(*this); }
    client_pool& pool;
    io::tcp_link* link;
    monotonic_time until;
  };

  client_pool(io::loop& on, std::shared_ptr<const client_core> core) noexcept;
  ~client_pool();

  [[nodiscard]] place take_idle() noexcept;
  void keep(io::tcp_link* link) noexcept;
  void close(idle&) noexcept;
  void released() noexcept;
  void hand(place given) noexcept;
  void close_old() noexcept;
  void loop_ended() noexcept override;

  class idle_timer final : public io::timer {
   public:
    explicit idle_timer(client_pool& owner) noexcept : owner_(owner) {}
    void expired() noexcept override { owner_.close_old(); }

   private:
    client_pool& owner_;
  };

  io::loop* loop_;  // nullptr once it has ended
  const std::shared_ptr<const client_core> core_;
  intrusive_list<idle> idle_;  // the oldest first
  intrusive_list<asking> waiting_;
  idle_timer timer_{*this};
  std::size_t taken_ = 0;  // places, those of idle connections too
  std::size_t idle_count_ = 0;
  std::size_t waiting_count_ = 0;
  bool let_go_ = false;
};

}  // namespace shoal::http
