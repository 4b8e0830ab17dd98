// Connecting to names.
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string>

#include "base/check.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/waiter.h"
#include "shoal/io/tcp.h"

namespace shoal::tcp {
namespace {

struct host_and_port {
  std::string host;
  std::uint16_t port = 0;
};

host_and_port split(std::string_view where) {
  host_and_port out;
  const auto colon = where.rfind(':');
  if (colon != where.npos && colon > 0) {
    const char* const end = where.data() + where.size();
    const auto parsed = std::from_chars(where.data() + colon + 1, end, out.port);
    out.host = where.substr(0, colon);
    if (parsed.ec == std::errc{} && parsed.ptr == end && out.host.find(':') == out.host.npos &&
        out.host.find('\0') == out.host.npos) {
      return out;
    }
  }
  throw std::invalid_argument("no address: '" + std::string(where) +
                              "'; write example.org:80, 127.0.0.1:80, [::1]:80 or "
                              "unix:/run/x.sock");
}

}  // namespace

task<stream> connect(std::string where, std::chrono::nanoseconds limit) {
  if (const auto numeric = address::parse(where)) co_return co_await connect(*numeric, limit);
  co_await detail::at_home_now{};
  io::loop* const on = io::loop::current();
  SHOAL_CHECK(on != nullptr);  // a connection is made in a turn of a worker's loop
  const auto deadline = io::deadline_after(*on, limit);
  const auto to = split(where);
  const auto name = co_await io::resolver::of(*on).resolve(to.host, deadline);
  if (name == nullptr) throw network_error(ETIMEDOUT, "cannot resolve " + to.host);
  if (!name->problem.empty()) {
    throw network_error(0, "cannot resolve " + to.host + ": " + name->problem);
  }
  for (std::size_t left = name->addresses.size();; --left) {
    const address next = name->addresses[name->addresses.size() - left].with_port(to.port);
    // The last one gets all that is left.
    const auto share =
        deadline == never ? no_limit : (deadline - on->now()) / static_cast<std::int64_t>(left);
    try {
      co_return co_await connect(next, share);
    } catch (const network_error&) {
      if (left == 1) throw;
    }
  }
}

}  // namespace shoal::tcp
