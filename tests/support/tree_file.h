// A machine in a dozen lines, and the files of /sys and /proc that its kernel would show.
//
//   # What it is
//   cache PACKAGE CORES [SIBLINGS]    a last-level cache and who shares it
//   node ID MEBIBYTES CORES DISTANCE...
//   huge NODE KIBIBYTES TOTAL FREE    pages of that size
//   nic NAME DRIVER NODE QUEUES INTERRUPT CORE...
//   offline CORES
//   each CORES PATH = CONTENT         a file of each of these cores
//   PATH = CONTENT                    any other file
//
// The i-th of CORES and of SIBLINGS are two threads of one physical core. "-" is no core. Queue i
// of a device has the interrupt INTERRUPT + i, which goes to the i-th core.
#pragma once

#include <string>
#include <string_view>

#include "support/topology_trees.h"

namespace shoal::testing {

/// Writes all files: lists and masks, so that any reader finds what it looks for. A line that is
/// none of these is our own bug.
void write_tree(fake_tree& tree, std::string_view description);

/// tests/topology/trees/NAME.tree, as text.
[[nodiscard]] std::string tree_description(const std::string& name);

}  // namespace shoal::testing
