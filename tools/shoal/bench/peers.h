// Other programs as contenders: how each is configured to answer as our server does, as fast as it
// can: one worker, no access log, connections that stay.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::bench {

/// {port} and {directory} stand in words and files for what is known when it is started. Besides
/// its own files it finds the bodies in {directory}/www/plaintext and {directory}/www/bytes/N.
struct peer {
  std::string name;
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> files;  ///< name in {directory}, text
};

/// nginx, haproxy, h2o, node: whether they are installed or not. A body of each of these sizes is
/// what they have to answer GET /bytes/N with.
[[nodiscard]] std::vector<peer> known_peers(const std::vector<unsigned>& body_sizes);

/// "name='cmd'" of a command line: the shell runs it. False if there is no name or no command.
[[nodiscard]] bool parse_peer(std::string_view text, peer& out);

/// The program's path as execvp would find it, or in /usr/sbin or /usr/local/sbin; "" if nowhere.
[[nodiscard]] std::string find_program(std::string_view name);

/// With what {port} and {directory} stand for.
[[nodiscard]] std::string filled_in(std::string text, std::uint16_t port,
                                    const std::string& directory);

/// What GET /bytes/N, or GET /plaintext for 13, is to be answered with.
[[nodiscard]] std::string body_of(unsigned bytes);

/// The target that asks for it.
[[nodiscard]] std::string target_of(unsigned body_bytes, unsigned work_us);

}  // namespace shoal::bench
