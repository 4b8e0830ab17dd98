// `shoal bench serve --control`: starts contenders on this machine for a generator on another one.
//
// One session at a time, which is one TCP connection from its hello on; what it has started ends
// with it, however it ends. Who says no hello has nothing, and is in nobody's way. It starts our
// own contenders, and other programs that its own command line has named or known_peers() has: no
// command comes from the network. But who may speak to it may use this machine's cores, and see
// what machine it is: for networks of one's own.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "bench/local_host.h"

namespace shoal::bench {

struct agent_options {
  std::string control;             ///< "ADDRESS:PORT"
  std::string token;               ///< that a session must know; "": anybody
  field_of_play field;             ///< its address is the one that a session has come to
  std::vector<std::string> given;  ///< names of peers that the command line has added
};

/// Prints {"control":"ADDRESS:PORT","pid":N} in one line once it accepts, and a line on stderr for
/// each session. Returns when it was interrupted; errors: it cannot listen.
[[nodiscard]] result<void> run_agent(const agent_options& asked);

}  // namespace shoal::bench
