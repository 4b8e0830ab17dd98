#include "observe/drop_report.h"

#include <cerrno>

#include "base/result.h"

namespace shoal::observe {

std::optional<std::string> drop_report::look(std::uint64_t dropped, int reason,
                                             monotonic_time now) {
  seen_ = dropped;
  if (seen_ == said_ || now < silent_until_) return std::nullopt;
  const auto lost = std::to_string(seen_ - said_);
  said_ = seen_;
  silent_until_ = now + pause;
  const std::string begin = "access log: " + lost + (lost == "1" ? " line" : " lines") + " lost";
  if (reason == 0) return begin + ", which came faster than they could be written";
  if (reason == EAGAIN) return begin + ", since nobody reads what is written";
  return system_error(reason, begin).message;
}

}  // namespace shoal::observe
