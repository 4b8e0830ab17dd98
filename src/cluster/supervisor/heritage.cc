#include "cluster/supervisor/heritage.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "cluster/channel.h"
#include "cluster/moved_note.h"
#include "cluster/options/units.h"

namespace shoal::cluster {
namespace {

/// An elder answers in microseconds.
constexpr int patience_ms = 10'000;

struct named_way {
  accepting who;
  bool given;
  std::string_view name;
};

constexpr std::array ways = {named_way{accepting::each, false, "each"},
                             named_way{accepting::shared, false, "shared"},
                             named_way{accepting::handed, false, "handed"},
                             named_way{accepting::each, true, "given-each"},
                             named_way{accepting::shared, true, "given-shared"},
                             named_way{accepting::handed, true, "given-handed"}};

/// The next word of `text`, which is taken off.
std::string_view next_word(std::string_view& text) noexcept {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

bool next_number(std::string_view& text, unsigned& out) noexcept {
  const auto number = parse_number(next_word(text));
  if (!number || *number > 1U << 30) return false;
  out = static_cast<unsigned>(*number);
  return true;
}

bool add_listener(std::string_view text, descriptor socket, heritage& to) {
  handed_down_listener one;
  const auto word = next_word(text);
  const auto* const way =
      std::find_if(ways.begin(), ways.end(), [&](const auto& known) { return known.name == word; });
  if (way == ways.end()) return false;
  one.who = way->who;
  one.given = way->given;
  if (!next_number(text, one.address) || !next_number(text, one.slot) || text.empty()) return false;
  one.wish = text;
  one.socket = std::move(socket);
  to.listeners.push_back(std::move(one));
  return true;
}

/// False: it takes too long.
bool await_note(int link) noexcept {
  pollfd waits{link, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&waits, 1, patience_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

error wrong(const char* what) {
  return {EPROTO, std::string("upgrade: the old supervisor ") + what};
}

}  // namespace

std::string upgrade_protocol() { return "shoal 1 " + std::to_string(sizeof(moved_note::head)); }

std::vector<bequest> bequests_of(heritage&& all) {
  std::vector<bequest> out;
  for (auto& one : all.listeners) {
    const auto* const way = std::find_if(ways.begin(), ways.end(), [&](const auto& known) {
      return known.who == one.who && known.given == one.given;
    });
    out.push_back({"listener " + std::string(way->name) + " " + std::to_string(one.address) + " " +
                       std::to_string(one.slot) + " " + one.wish,
                   std::move(one.socket)});
  }
  if (all.control_socket) {
    out.push_back({"control " + all.control_socket->path, std::move(all.control_socket->socket)});
  }
  return out;
}

std::string text_of(const std::vector<unsigned>& generations) {
  std::string text;
  for (const unsigned g : generations) {
    if (!text.empty()) text += ' ';
    text += std::to_string(g);
  }
  return text;
}

bool add(std::string_view text, descriptor socket, heritage& to) {
  if (!socket.open()) return false;
  const auto what = next_word(text);
  if (what == "listener") return add_listener(text, std::move(socket), to);
  if (what != "control" || text.empty() || to.control_socket) return false;
  to.control_socket.emplace(std::string(text), std::move(socket));
  return true;
}

bool read_generations(std::string_view text, std::vector<unsigned>& out) {
  while (!text.empty()) {
    if (!next_number(text, out.emplace_back())) return false;
  }
  return true;
}

result<heritage> receive_heritage(int link) {
  heritage out;
  if (!send_note(link, note_kind::hello, upgrade_protocol())) return wrong("is gone");
  while (await_note(link)) {
    auto part = take_note(link);
    if (!part) continue;
    if (part->kind == note_kind::closed) return wrong("is gone");
    if (part->kind == note_kind::complete) {
      if (read_generations(part->text, out.generations)) return out;
      return wrong("counts generations in a way that is not known here");
    }
    if (part->kind == note_kind::roster) out.roster = std::move(part->text);
    if (part->kind != note_kind::inherit) continue;
    if (!add(part->text, std::move(part->socket), out)) {
      return wrong("leaves something that is not known here, or there is no descriptor for it");
    }
  }
  return wrong("does not say what it leaves");
}

descriptor take_heritage_link() {
  const char* const text = std::getenv(heritage_variable);
  if (text == nullptr) return {};
  const auto number = parse_number(text);
  ::unsetenv(heritage_variable);
  int type = 0;
  socklen_t size = sizeof type;
  const int fd = number && *number < 1U << 20 ? static_cast<int>(*number) : -1;
  // Somebody may have set it by hand.
  if (fd < 3 || ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return {};
  if (type != SOCK_SEQPACKET) return {};
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return descriptor(fd);
}

}  // namespace shoal::cluster
