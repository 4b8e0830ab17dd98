// What a driver can be asked to do. An operation lives in the object that waits for it, so starting
// one allocates nothing and cannot fail; it must stay where it is until its last outcome.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "io/lease.h"
#include "io/offer.h"

namespace shoal::io {

/// The answer to one operation. Eight bytes, passed by value.
struct outcome {
  std::int32_t value = 0;  ///< >= 0: bytes or a descriptor; < 0: a negated errno
  bool more = false;       ///< still armed: expect another outcome. false: this was the last one

  [[nodiscard]] bool ok() const noexcept { return value >= 0; }
  [[nodiscard]] int error() const noexcept { return value < 0 ? -value : 0; }
};

class operation {
 public:
  enum class kind : std::uint8_t { accept, receive, send, connect, send_file };

  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  /// Started, and its last outcome not delivered yet. False already inside the call that delivers
  /// the last outcome, so that call may start the operation again.
  [[nodiscard]] bool in_flight() const noexcept { return in_flight_; }
  [[nodiscard]] kind what() const noexcept { return kind_; }

  int socket = -1;  ///< the listener for accept; not owned

  // For the driver that has been asked, and nobody else.
  bool in_flight_ = false;
  std::uint8_t state_ = 0;
  std::uint16_t index_ = 0;
  operation* next_ = nullptr;

 protected:
  explicit operation(kind what) noexcept : kind_(what) {}
  ~operation() = default;

 private:
  kind kind_;
};

/// Accepts until cancelled or an error. Outcomes: a connected descriptor, non-blocking and
/// close-on-exec, owned by the receiver, with more = true; or an error. A failure of one connection
/// (ECONNABORTED) is not reported. EMFILE and ENFILE end the operation (more = false): the
/// connection waits in the queue, and whoever starts it again at once spins.
class accept_op : public operation {
 public:
  virtual void accepted(outcome) noexcept = 0;

 protected:
  accept_op() noexcept : operation(kind::accept) {}
  ~accept_op() = default;
};

/// Receives until the peer's end, an error or cancel. Outcomes: > 0 bytes, in the lease; 0 once the
/// peer has closed its side (last, sticky); < 0 an errno (last). Bytes are never lost: those that
/// came before a cancel took effect are delivered with more = true before the -ECANCELED. When the
/// driver's buffers run out, bytes stay in the socket and the driver goes on by itself as soon as
/// leases return: nobody is told, nobody has to start again, and no receiver is starved for ever.
///
/// A receive with an `offer` may be taken from its loop by another thread (http/lending.h). The
/// driver takes the offer back before it reads, or before others can look, whichever comes first.
class receive_op : public operation {
 public:
  virtual void received(outcome, lease) noexcept = 0;

  /// False: somebody else has it, and all that is left to do is to cancel it.
  [[nodiscard]] bool take_back() noexcept {
    if (offer == nullptr) return true;
    if (!offer->word.take_back()) return false;
    offer->early_bytes.store(0, std::memory_order_relaxed);
    return true;
  }

  offered* offer = nullptr;  ///< not owned; nullptr: nobody else ever reads from this socket

 protected:
  receive_op() noexcept : operation(kind::receive) {}
  ~receive_op() = default;
};

/// Sends all of `bytes`, however many steps that takes; one outcome: bytes.size(), or an errno (an
/// unknown part has left, the connection is of no use). The bytes must stay until then. At most one
/// send in flight for each socket. A peer that is gone is -EPIPE or -ECONNRESET, never a signal.
class send_op : public operation {
 public:
  virtual void sent(outcome) noexcept = 0;

  std::span<const std::byte> bytes;  ///< not empty, below 2 GiB
  bool more_follows = false;         ///< a hint (MSG_MORE): another send comes at once

  std::uint32_t progress_ = 0;  // for the driver

 protected:
  send_op() noexcept : operation(kind::send) {}
  ~send_op() = default;
};

/// Connects a fresh non-blocking socket. One outcome: 0, or an errno.
class connect_op : public operation {
 public:
  virtual void connected(outcome) noexcept = 0;

  sockaddr_storage address{};
  socklen_t address_bytes = 0;

 protected:
  connect_op() noexcept : operation(kind::connect) {}
  ~connect_op() = default;
};

/// Sends a part of an open regular file without carrying it through this process. One outcome: the
/// bytes sent, fewer than `count` only where the file has ended before; or an errno (an unknown
/// part has left). As for a send: at most one send or send_file in flight for each socket, a
/// cancelled one may have sent a part, and a peer that is gone is never a signal. Whatever a send
/// before it on this socket has left unsent would be overtaken: start it after that send's outcome.
///
/// Bytes that the page cache lacks are read from the disk within the turn. A step moves at most
/// io::most_file_bytes_a_step, so that one long file does not hold the loop.
class send_file_op : public operation {
 public:
  virtual void file_sent(outcome) noexcept = 0;

  int file = -1;             ///< not owned; open until the outcome
  std::uint64_t offset = 0;  ///< the file's own position is neither used nor moved
  std::uint32_t count = 0;   ///< not 0, below 2 GiB: an outcome counts in 31 bits

  std::uint32_t progress_ = 0;  // for the driver

 protected:
  send_file_op() noexcept : operation(kind::send_file) {}
  ~send_file_op() = default;
};

}  // namespace shoal::io
