// Which other programs take part, from the flags --peer.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "bench/peers.h"

namespace shoal::bench {

/// Of --peer NAME and --peer NAME='CMD'. `known` gets the latter. Errors: a name that is taken or
/// can be none, a program that is not installed.
[[nodiscard]] result<std::vector<std::string>> choose_peers(const std::vector<std::string>& asked,
                                                            std::vector<peer>& known);

/// Where they run on another machine, which has these: --peer NAME alone.
[[nodiscard]] result<std::vector<std::string>> choose_remote_peers(
    const std::vector<std::string>& asked, const std::vector<std::string>& there);

}  // namespace shoal::bench
