#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/router.h"
#include "shoal/http/routes.h"

namespace shoal::http {

struct routes::table {
  std::vector<endpoint> endpoints;  ///< by route_id
  struct entry {
    method verb;
    std::string pattern;
    std::string place;
  };
  std::vector<entry> entries;  ///< by route_id
  http::router router;
  std::vector<std::function<void(worker&)>> states;
};

}  // namespace shoal::http
