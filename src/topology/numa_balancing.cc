#include "topology/numa_balancing.h"

#include "topology/text.h"

namespace shoal::topology {

bool balances_by_itself(const std::string& root) {
  const auto text = read_what_is_there(root_prefix(root) + "/proc/sys/kernel/numa_balancing");
  return !text.empty() && text != "0";
}

}  // namespace shoal::topology
