#include "doctor_findings.h"

namespace shoal::tool {

std::string_view name_of(verdict how) noexcept {
  constexpr std::string_view names[] = {"ok", "advice", "problem"};
  return names[static_cast<std::size_t>(how)];
}

findings judge(const case_file& known) {
  findings all;
  judge_rights(known, all);
  judge_limits(known, all);
  judge_network(known, all);
  judge_cores(known, all);
  return all;
}

}  // namespace shoal::tool
