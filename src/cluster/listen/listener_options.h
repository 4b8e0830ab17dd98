// How a cluster's sockets are accepted from.
#pragma once

namespace shoal::cluster {

/// Who accepts the connections of an address.
enum class accepting {
  each,    ///< every worker from a socket of its own, in one SO_REUSEPORT group
  shared,  ///< all workers from one socket
  handed   ///< the supervisor, which hands them on
};

struct listener_options {
  unsigned backlog = 4096;
  accepting tcp = accepting::each;
  /// Where there is no group: at a path, and from a socket that a service manager has opened.
  accepting local = accepting::handed;
};

}  // namespace shoal::cluster
