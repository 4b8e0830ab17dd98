#include "http/server.h"

#include <cerrno>
#include <new>
#include <vector>

#include "base/random.h"
#include "http/server_core.h"

namespace shoal::http {
namespace {

/// After EMFILE and its like, unless a connection closes before: whoever asks again at once spins.
constexpr std::chrono::milliseconds accept_retry{100};

}  // namespace

class server::impl final : public server_core {
 public:
  impl(io::loop& on, const route_table& routes, worker& self, const server_options& given)
      : server_core(on, routes, self, given) {
    next_request_id = draw_seed();
  }

  ~impl() {
    loop.cancel(retry_);
    reaper_.unlink();
    reap();
    while (connection* left = connections.pop_front()) {
      left->forsake();
      delete left;
    }
  }

  void listen(int listener) {
    acceptors_.push_back(std::make_unique<acceptor>(*this, listener));
    accept_if_wanted();
  }

  void take(int socket) noexcept {
    admit(socket);
    accept_if_wanted();
  }

  void drain() noexcept {
    if (draining) return;
    draining = true;
    loop.cancel(retry_);
    accept_if_wanted();
    connections.for_each([](connection& c) { c.drain(); });
  }

  [[nodiscard]] bool drained() const noexcept {
    if (!draining || counters.connections_open > 0) return false;
    for (const auto& a : acceptors_) {
      if (a->in_flight()) return false;
    }
    return true;
  }

  void retire(connection& closed) noexcept override {
    static_cast<list_node&>(closed).unlink();
    --counters.connections_open;
    if (!closed.has_served()) --counters.unserved;
    retired_.push_back(closed);
    if (!reaper_.linked()) loop.defer(reaper_);
  }

 private:
  class acceptor final : public io::accept_op {
   public:
    acceptor(impl& owner, int listener) noexcept : owner_(owner) { socket = listener; }
    void accepted(io::outcome what) noexcept override { owner_.accepted(what); }

   private:
    impl& owner_;
  };

  class accept_retry_timer final : public io::timer {
   public:
    explicit accept_retry_timer(impl& owner) noexcept : owner_(owner) {}
    void expired() noexcept override { owner_.accept_if_wanted(); }

   private:
    impl& owner_;
  };

  class reaper final : public io::runnable {
   public:
    explicit reaper(impl& owner) noexcept : owner_(owner) {}
    void run() noexcept override { owner_.reap(); }

   private:
    impl& owner_;
  };

  void accepted(io::outcome what) noexcept {
    if (what.ok()) {
      admit(what.value);
    } else if (what.error() != ECANCELED) {
      ++counters.accept_failures;
      if (!retry_.pending() && !draining) loop.start(retry_, loop.now() + accept_retry);
      return;
    }
    accept_if_wanted();
  }

  void admit(int socket) noexcept {
    auto* fresh = new (std::nothrow) connection(*this, socket);
    if (fresh == nullptr) return loop.io().close(socket);
    ++counters.connections_accepted;
    ++counters.connections_open;
    ++counters.unserved;
    connections.push_back(*fresh);
    if (counters.connections_open > options.max_connections) return fresh->turn_away();
    fresh->open();
    if (draining) fresh->drain();
  }

  /// At the limit those who come are turned away; so many of them at once that none is accepted.
  void accept_if_wanted() noexcept {
    const auto most = options.max_connections + turned_away_at_once(options.max_connections);
    const bool full = counters.connections_open >= most;
    for (const auto& a : acceptors_) {
      if (full || draining) {
        loop.io().cancel(*a);
      } else if (!a->in_flight()) {
        loop.io().start(*a);
      }
    }
  }

  void reap() noexcept {
    if (retired_.empty()) return;
    while (connection* gone = retired_.pop_front()) delete gone;
    accept_if_wanted();
  }

  std::vector<std::unique_ptr<acceptor>> acceptors_;
  intrusive_list<connection> retired_;
  accept_retry_timer retry_{*this};
  reaper reaper_{*this};
};

server::server(io::loop& loop, const route_table& table, worker& self,
               const server_options& options)
    : impl_(std::make_unique<impl>(loop, table, self, options)) {}
server::~server() = default;

void server::listen(int listener) { impl_->listen(listener); }
void server::take(int socket) noexcept { impl_->take(socket); }
void server::drain() noexcept { impl_->drain(); }
bool server::drained() const noexcept { return impl_->drained(); }
const server_counters& server::counters() const noexcept { return impl_->counters; }

}  // namespace shoal::http
