#include "load/options.h"

#include <arpa/inet.h>

#include <charconv>

namespace shoal::load {

result<void> set_target(std::string_view text, options& to) {
  const std::size_t colon = text.rfind(':');
  const std::string host(text.substr(0, colon));
  std::uint16_t port = 0;
  if (colon != std::string_view::npos) {
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
    if (parsed.ec != std::errc{} || parsed.ptr != end) port = 0;
  }
  to.address.sin_family = AF_INET;
  if (port == 0 || ::inet_pton(AF_INET, host.c_str(), &to.address.sin_addr) != 1) {
    return error{0,
                 "'" + std::string(text) + "' is not an IPv4 address and port like 127.0.0.1:8080"};
  }
  to.address.sin_port = htons(port);
  to.host = text;
  return {};
}

std::string make_request(const options& from) {
  std::string request = from.method + " " + from.path + " HTTP/1.1\r\nHost: " + from.host + "\r\n";
  for (const std::string& field : from.fields) request += field + "\r\n";
  if (!from.body.empty()) {
    request += "Content-Length: " + std::to_string(from.body.size()) + "\r\n";
  }
  return request + "\r\n" + from.body;
}

}  // namespace shoal::load
