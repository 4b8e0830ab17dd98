// A site that is asked one request after another.
#pragma once

#include <string>
#include <string_view>

#include "http/site.h"
#include "shoal/http/context.h"

namespace shoal::http {

class asked_site {
 public:
  http::routes& routes() { return site_.routes; }
  http::server& server() { return *site_.server; }

  /// `fields` are whole lines.
  parsed_answer ask(std::string_view verb, std::string_view path, std::string_view fields = "") {
    if (!site_.server) site_.open();
    auto& client =
        site_.send(std::string(verb) + " " + std::string(path) +
                   " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + std::string(fields) + "\r\n");
    site_.run();
    return parsed_answer(client.received());
  }
  parsed_answer get(std::string_view path, std::string_view fields = "") {
    return ask("GET", path, fields);
  }

 private:
  site site_;
};

/// The value of the first field of that name, as written; "-" if there is none.
inline std::string field(const parsed_answer& answer, std::string_view name) {
  const auto line = answer.head.find("\r\n" + std::string(name) + ": ");
  if (line == std::string::npos) return "-";
  const auto begin = line + name.size() + 4;
  return answer.head.substr(begin, answer.head.find("\r\n", begin) - begin);
}

}  // namespace shoal::http
