// What a part of the study hears from whoever runs it, and tells.
#pragma once

#include <functional>
#include <string>

namespace shoal::numa {

struct watch {
  std::function<bool()> stop;                    ///< asked between measurements; true ends it
  std::function<void(const std::string&)> tell;  ///< what is being measured now
};

}  // namespace shoal::numa
