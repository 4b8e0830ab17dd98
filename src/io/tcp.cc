#include "shoal/io/tcp.h"

#include <sys/socket.h>

#include <new>
#include <utility>

#include "base/check.h"
#include "io/loop.h"
#include "io/socket_address.h"
#include "io/tcp_acceptor.h"
#include "io/tcp_link.h"

namespace shoal::tcp {
namespace {

io::loop& current_loop() noexcept {
  io::loop* const current = io::loop::current();
  SHOAL_CHECK(current != nullptr);  // a connection is made in a turn of a worker's loop
  return *current;
}

/// Which owns the socket, or there is no memory and it is closed.
io::tcp_link* link_over(io::loop& on, int socket) {
  auto* link = new (std::nothrow) io::tcp_link(on, socket);
  if (link != nullptr) return link;
  on.io().close(socket);
  throw std::bad_alloc();
}

}  // namespace

// ---- connecting

connecting::~connecting() {
  if (link_ == nullptr) return;
  link_->forget_connect();
  link_->abandon();
}

bool connecting::await_suspend(std::coroutine_handle<> caller) {
  io::loop& on = current_loop();
  const int socket = on.io().fresh_socket(to_.for_driver().bytes.ss_family);
  if (socket < 0) {
    error_ = -socket;
    return false;
  }
  link_ = link_over(on, socket);
  link_->connect_then(to_, caller, io::deadline_after(on, limit_));
  return true;
}

stream connecting::await_resume() {
  if (link_ != nullptr) error_ = link_->connect_error();
  if (error_ != 0) throw network_error(error_, "cannot connect to " + to_.text());
  return stream(std::exchange(link_, nullptr));
}

// ---- a stream

reading::~reading() {
  if (waits_) link_->forget_read();
}

bool reading::await_ready() const noexcept { return link_->readable(); }

void reading::await_suspend(std::coroutine_handle<> reader) noexcept {
  waits_ = true;
  link_->read_then(reader, io::deadline_after(*link_->home(), limit_));
}

std::string_view reading::await_resume() {
  waits_ = false;
  return link_->take();
}

writing::~writing() {
  if (waits_) link_->forget_write();
}

bool writing::await_ready() const noexcept { return bytes_.empty() || !link_->writable(); }

void writing::await_suspend(std::coroutine_handle<> writer) {
  link_->write_then(bytes_, writer, io::deadline_after(*link_->home(), limit_));
  waits_ = true;
}

void writing::await_resume() {
  waits_ = false;
  link_->finish_write();
}

void stream::shutdown_send() noexcept { link_->shutdown_send(); }

void stream::close() noexcept {
  if (link_ != nullptr) std::exchange(link_, nullptr)->abandon();
}

// ---- a listener

listener::listener(const address& where, int backlog) {
  io::loop& on = current_loop();
  io::socket_address name = where.for_driver();
  const int socket = on.io().listen(name, backlog);
  if (socket < 0) throw network_error(-socket, "cannot listen on " + where.text());
  acceptor_ = new (std::nothrow) io::tcp_acceptor(on, socket, address(name));
  if (acceptor_ != nullptr) return;
  on.io().close(socket);
  throw std::bad_alloc();
}

const address& listener::where() const noexcept { return acceptor_->where(); }

void listener::close() noexcept {
  if (acceptor_ != nullptr) std::exchange(acceptor_, nullptr)->abandon();
}

accepting::~accepting() {
  if (waits_) from_->forget();
}

bool accepting::await_ready() const noexcept { return from_->ready(); }

void accepting::await_suspend(std::coroutine_handle<> caller) noexcept {
  waits_ = true;
  from_->accept_then(caller);
}

stream accepting::await_resume() {
  waits_ = false;
  const int socket = from_->take();
  if (socket < 0) throw network_error(-socket, "cannot accept on " + from_->where().text());
  return stream(link_over(from_->home(), socket));
}

}  // namespace shoal::tcp
