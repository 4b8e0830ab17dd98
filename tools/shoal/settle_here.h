// The options that a server would have which is started here and now with a file.
#pragma once

#include <optional>
#include <string>

#include "cluster/options/settings.h"

namespace shoal::tool {

/// The file, or what SHOAL_CONFIG names if it is "", under the variables of this environment.
/// Nothing: stderr has said what is wrong.
[[nodiscard]] std::optional<cluster::settings> settle_here(const std::string& file);

}  // namespace shoal::tool
