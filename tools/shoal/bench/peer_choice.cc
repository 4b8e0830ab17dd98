#include "bench/peer_choice.h"

#include <algorithm>

#include "bench/contender_spec.h"

namespace shoal::bench {
namespace {

/// A name is what a plan and a report call it.
result<void> check_name(const std::string& name, const std::vector<peer>& known) {
  const auto is_it = [&](const peer& p) { return p.name == name; };
  if (std::any_of(known.begin(), known.end(), is_it)) {
    return error{0, "--peer " + name + "=: that name is taken; choose another"};
  }
  const auto words = parse_contender(name);
  if (words && !words.value().ours() && words.value().program == name) return {};
  return error{0,
               "--peer " + name + "=: must be one word, and none of uring, epoll, asio, dispatch"};
}

}  // namespace

result<std::vector<std::string>> choose_peers(const std::vector<std::string>& asked,
                                              std::vector<peer>& known) {
  std::vector<std::string> all;
  for (const auto& text : asked) {
    peer given;
    if (parse_peer(text, given)) {
      if (const auto good = check_name(given.name, known); !good) return good.error();
      all.push_back(given.name);
      known.push_back(std::move(given));
      continue;
    }
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const peer& p) { return p.name == text; });
    if (found == known.end()) {
      return error{0, "--peer " + text + ": must be nginx, haproxy, h2o or node, or NAME='CMD'"};
    }
    if (find_program(found->words.front()).empty()) {
      return error{0, "--peer " + text + ": it is not installed"};
    }
    all.push_back(text);
  }
  return all;
}

result<std::vector<std::string>> choose_remote_peers(const std::vector<std::string>& asked,
                                                     const std::vector<std::string>& there) {
  for (const auto& text : asked) {
    if (text.find('=') != std::string::npos) {
      return error{0, "--peer " + text +
                          ": no command goes to another machine; give it to `shoal bench serve "
                          "--control` there, and its name here"};
    }
    if (std::find(there.begin(), there.end(), text) == there.end()) {
      return error{0, "--peer " + text + ": the server's machine has none of that name"};
    }
  }
  return asked;
}

}  // namespace shoal::bench
