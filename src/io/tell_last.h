#pragma once

#include "io/operation.h"

namespace shoal::io {

/// For drivers, inside deliver(): an operation's last outcome, whatever its kind. The operation may
/// be started again or end in here.
inline void tell_last(operation& op, int value) noexcept {
  op.in_flight_ = false;
  const outcome last{.value = value, .more = false};
  switch (op.what()) {
    case operation::kind::accept:
      return static_cast<accept_op&>(op).accepted(last);
    case operation::kind::receive:
      return static_cast<receive_op&>(op).received(last, {});
    case operation::kind::send:
      return static_cast<send_op&>(op).sent(last);
    case operation::kind::connect:
      return static_cast<connect_op&>(op).connected(last);
    case operation::kind::send_file:
      return static_cast<send_file_op&>(op).file_sent(last);
  }
}

}  // namespace shoal::io
