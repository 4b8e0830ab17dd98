#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/router.h"
#include "shoal/http/hooks.h"
#include "shoal/http/routes.h"

namespace shoal::http {

struct route_table {
  struct group {
    std::size_t parent;  ///< its own number for the app's scope, which is the first
    std::string prefix;  ///< with those of its parents
    std::vector<before_hook> before;
    std::vector<middleware> around;
    std::vector<after_hook> after;
  };
  struct entry {
    method verb;
    std::string pattern;
    std::string place;
    std::size_t group;
    endpoint handler;
    route_options how;
  };

  std::vector<group> groups{{}};
  std::vector<entry> entries;  ///< by route_id
  std::vector<std::function<void(worker&)>> states;
  std::vector<http::recurring> recurring;
  std::vector<message_type> messages;  ///< by the number that letters bear

  // Made by freeze().
  http::router router;
  std::vector<endpoint> endpoints;   ///< by route_id, with all hooks
  std::vector<route_options> plans;  ///< by route_id
  endpoint unrouted;                 ///< for a request that no route takes
  endpoint unfound;                  ///< for one whose path a route takes, but not its parameters
};

/// 404, 405 with Allow, or what OPTIONS asks for.
[[nodiscard]] response unrouted_answer(const route_table& table, method verb,
                                       std::string_view path);

}  // namespace shoal::http
