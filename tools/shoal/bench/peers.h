// Other programs as contenders: how each is configured to answer as our server does, as fast as it
// can: one worker, no access log, connections that stay.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::bench {

/// {address}, {port}, {directory} and {target} stand in words and files for what is known when it
/// is started: where it listens, where its files are, and what it will be asked for. It finds that
/// body in {directory}/www{target}.
struct peer {
  std::string name;
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> files = {};  ///< name in {directory}, text
  bool starts_here = false;  ///< in our directory, not in {directory}: its command is a user's
};

/// What the braces stand for.
struct blanks {
  std::string address;
  std::uint16_t port = 0;
  std::string directory;
  std::string target;
};

/// nginx, haproxy, h2o, node: whether they are installed or not.
[[nodiscard]] std::vector<peer> known_peers();

/// The names of those that are installed.
[[nodiscard]] std::vector<std::string> installed_peers();

/// "name='cmd'" of a command line: the shell runs it. False if there is no name or no command.
[[nodiscard]] bool parse_peer(std::string_view text, peer& out);

/// The program's path as execvp would find it, or in /usr/sbin or /usr/local/sbin; "" if nowhere.
[[nodiscard]] std::string find_program(std::string_view name);

[[nodiscard]] std::string filled_in(std::string text, const blanks& with);

/// What GET /bytes/N, or GET /plaintext for 13, is to be answered with.
[[nodiscard]] std::string body_of(unsigned bytes);

/// The target that asks for it.
[[nodiscard]] std::string target_of(unsigned body_bytes, unsigned work_us);

}  // namespace shoal::bench
