// A site that tells each client what the handler saw of its request:
//
//     METHOD path[?query] @host [{X-Name=value}...] [[body]]
//
// with those fields alone whose names begin with "X-".
#pragma once

#include "shoal/http/routes.h"

namespace shoal::http::wire {

/// /echo, /echo/{name...}   any method; reads the body whole
/// /pieces                  any method; reads it piece by piece
/// /ignores                 any method; leaves the body unread
/// /form                    POST alone
/// /stream                  any method; "onetwo", written while it is sent
/// /measured                the same with its length announced
/// /plain, /no-content, /not-modified, /conflict, /throws: GET alone
void add_echo_routes(routes& to);

}  // namespace shoal::http::wire
