#include "bench/peers.h"

#include <unistd.h>

#include <cstdlib>

#include "bench/plan.h"

namespace shoal::bench {
namespace {

constexpr const char* nginx_config = R"(daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;
events { worker_connections 65536; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600; default_type text/plain;
  client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t;
  scgi_temp_path t;
  server {
    listen {address}:{port} backlog=4096;
    location = /plaintext { return 200 "Hello, World!"; }
    location / { root {directory}/www; sendfile on; open_file_cache max=100; }
  }
}
)";

constexpr const char* haproxy_config = R"(global
  nbthread 1
defaults
  mode http
  timeout client 1h
  timeout server 1h
  timeout connect 5s
  timeout http-keep-alive 1h
frontend measured
  bind {address}:{port} backlog 4096
  http-request return status 200 content-type text/plain file {directory}/www{target} if { path {target} }
)";

constexpr const char* h2o_config = R"(num-threads: 1
max-connections: 65000
http1-request-timeout: 3600
listen: { host: {address}, port: {port} }
hosts:
  default:
    paths:
      /: { file.dir: "{directory}/www" }
)";

constexpr const char* node_script = R"(const http = require('http');
const [address, port, target] = process.argv.slice(2);
const body = require('fs').readFileSync('www' + target);
const server = http.createServer((request, answer) => {
  const found = request.url === target;
  answer.writeHead(found ? 200 : 404, {
    'Content-Type': 'text/plain', 'Content-Length': found ? body.length : 0 });
  answer.end(found ? body : '');
});
server.keepAliveTimeout = 3600000;
server.listen({ host: address, port: Number(port), backlog: 4096 });
)";

}  // namespace

std::string body_of(unsigned bytes) {
  return bytes == plaintext_bytes ? "Hello, World!" : std::string(bytes, 'x');
}

std::string target_of(unsigned body_bytes, unsigned work_us) {
  if (work_us != 0) return "/spin/" + std::to_string(work_us);
  return body_bytes == plaintext_bytes ? "/plaintext" : "/bytes/" + std::to_string(body_bytes);
}

std::vector<peer> known_peers() {
  return {{.name = "nginx",
           .words = {"nginx", "-p", "{directory}", "-c", "{directory}/nginx.conf"},
           .files = {{"nginx.conf", nginx_config}}},
          {.name = "haproxy",
           .words = {"haproxy", "-db", "-f", "{directory}/haproxy.cfg"},
           .files = {{"haproxy.cfg", haproxy_config}}},
          {.name = "h2o",
           .words = {"h2o", "-c", "{directory}/h2o.conf"},
           .files = {{"h2o.conf", h2o_config}}},
          {.name = "node",
           .words = {"node", "{directory}/server.js", "{address}", "{port}", "{target}"},
           .files = {{"server.js", node_script}}}};
}

std::vector<std::string> installed_peers() {
  std::vector<std::string> all;
  for (const auto& each : known_peers()) {
    if (!find_program(each.words.front()).empty()) all.push_back(each.name);
  }
  return all;
}

bool parse_peer(std::string_view text, peer& out) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos || equals + 1 == text.size()) return false;
  out.name = text.substr(0, equals);
  out.words = {"/bin/sh", "-c", std::string(text.substr(equals + 1))};
  out.starts_here = true;
  return true;
}

std::string find_program(std::string_view name) {
  if (name.find('/') != std::string_view::npos) return std::string(name);
  const char* const path = std::getenv("PATH");
  std::string all = path != nullptr ? path : "/usr/bin:/bin";
  all += ":/usr/sbin:/usr/local/sbin:/sbin";  // where servers are, and a user's PATH does not reach
  for (std::size_t begin = 0; begin < all.size();) {
    const auto end = std::min(all.find(':', begin), all.size());
    const auto file = all.substr(begin, end - begin) + "/" + std::string(name);
    if (::access(file.c_str(), X_OK) == 0) return file;
    begin = end + 1;
  }
  return "";
}

std::string filled_in(std::string text, const blanks& with) {
  const std::pair<std::string_view, std::string> all[] = {{"{address}", with.address},
                                                          {"{port}", std::to_string(with.port)},
                                                          {"{directory}", with.directory},
                                                          {"{target}", with.target}};
  for (const auto& [name, value] : all) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), value);
      at += value.size();
    }
  }
  return text;
}

}  // namespace shoal::bench
