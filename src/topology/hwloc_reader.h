// Machines as hwloc sees them: what `shoal topo` shows of machines that are not at hand, and a
// second opinion on our own reader. Servers do not use it (docs/why/topology.md). The one file that
// knows hwloc is hwloc_reader.cc.
#pragma once

#include <string>

#include "base/result.h"
#include "topology/machine.h"

namespace shoal::topology {

/// hwloc's short notation, "numa:4 core:8 pu:2": four nodes, in each eight cores of two threads.
/// `man lstopo` has the rest of it. Errors: it is none, or has more than max_cpus cores.
[[nodiscard]] result<machine> read_synthetic(const std::string& description);

/// What `lstopo --of xml FILE` has written. Errors: it cannot be read, or is none.
[[nodiscard]] result<machine> read_hwloc_xml(const std::string& path);

/// The tree of a kernel's files that read_machine reads too. Sets environment variables meanwhile:
/// for a process with one thread. Free huge pages are not said.
[[nodiscard]] result<machine> read_tree_with_hwloc(const std::string& root);

}  // namespace shoal::topology
