// What contenders and loads are called where people read of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/results.h"

namespace shoal::bench {

/// "io_uring" for "uring", "io_uring without multishot receive" for "uring without multishot
/// receive".
[[nodiscard]] std::string contender_name(std::string_view name);

/// "io_uring : epoll".
[[nodiscard]] std::string pair_name(const point& p);

/// "1 connection", "4,096 connections".
[[nodiscard]] std::string connections_text(unsigned connections);

/// What makes a load another than the usual one (an unlimited number of small requests one after
/// the other, at full speed), but for its connections: "pipeline 16, bodies of 16 KiB",
/// "at 70 % load", which is a share of what the slower one can do. May be empty.
[[nodiscard]] std::string peculiarities(const load_shape& load);

/// Both: "64 connections, pipeline 16".
[[nodiscard]] std::string load_text(const load_shape& load);

/// But for the number of connections these are the same load.
[[nodiscard]] bool same_but_connections(const load_shape& one, const load_shape& other) noexcept;

/// The same load in two runs: a rate that is a share of a capacity is what its run has made of it.
[[nodiscard]] bool same_load(const load_shape& one, const load_shape& other) noexcept;

}  // namespace shoal::bench
