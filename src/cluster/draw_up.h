// From options to a blueprint: every question that can be answered before the first fork is asked
// here, so that a server which cannot work says so at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/blueprint.h"
#include "cluster/listen/given_sockets.h"
#include "shoal/cluster/options.h"

namespace shoal::cluster {

struct refusal {
  int code = 0;      ///< an exit_code
  std::string text;  ///< what is wrong, and the cure
};

/// Fills `plan` with sockets that listen already, or says why not. `program` names the segment.
/// `link`: to whom this program succeeds (heritage.h), if to anybody; he hears why not, too. Else
/// `given` is what the service manager has for it.
[[nodiscard]] std::optional<refusal> draw_up(const options& o, std::string_view program,
                                             http::routes& routes, std::optional<blueprint>& plan,
                                             descriptor link = {},
                                             std::vector<given_socket> given = {});

/// For a plan that is carried out already: what options that a reload may change have become.
[[nodiscard]] std::optional<refusal> agree_anew(const options& o, const blueprint& plan,
                                                std::optional<generation_terms>& terms);

/// All that draw_up() would refuse but for addresses, which only binding tells: it opens no socket
/// and makes no file.
[[nodiscard]] std::vector<refusal> rehearse(const options& o, http::routes& routes);

/// Adds what is wrong with routes, whatever the options are.
void check_routes(http::routes& routes, std::vector<refusal>& all);

}  // namespace shoal::cluster
