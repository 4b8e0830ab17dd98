// What a supervisor leaves to the program that takes its place, over a channel between the two:
// listeners, the control socket, who rests, and from where on generations are counted.
//
//   heir                                   elder
//   hello "shoal 1 32"         →
//                              ←           inherit "listener each 0 3 127.0.0.1:80" + descriptor
//                              ←           inherit "control /run/shoal/app-17.sock" + descriptor
//                              ←           roster "3 drained 0"            if not all workers serve
//                              ←           complete "4 4"
//   proved                     →                              its node processes are told to leave
//                              ←           vacated "0", vacated "1"
//                              ←           moved + descriptor, many times
//   passed "12"                →
//   ready                      →
//
// Neither side maps the other's memory, so the layouts of slots and tables may differ. Whoever
// speaks another protocol is refused; docs/formats/upgrade.md is its page.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/listen/listeners.h"

namespace shoal::cluster {

/// In the environment of an heir: the number of its end of the channel.
inline constexpr const char* heritage_variable = "SHOAL_UPGRADE";

/// Changes with what the notes mean and with how a moved connection is written.
[[nodiscard]] std::string upgrade_protocol();

struct heritage {
  struct control {
    std::string path;
    descriptor socket;
  };

  std::vector<handed_down_listener> listeners;
  std::optional<control> control_socket;
  /// Of each node process slot, in their order: the next one's.
  std::vector<unsigned> generations;
  std::string roster{};  ///< duty_roster::to_text()
};

/// A note that carries a part of it.
struct bequest {
  std::string text;
  descriptor socket;
};
[[nodiscard]] std::vector<bequest> bequests_of(heritage&&);
[[nodiscard]] std::string text_of(const std::vector<unsigned>& generations);

/// The other way. False: it is none.
[[nodiscard]] bool add(std::string_view text, descriptor socket, heritage& to);
[[nodiscard]] bool read_generations(std::string_view text, std::vector<unsigned>& out);

/// What whoever has started this program has left to it, as asked for over `link`. Waits for it.
[[nodiscard]] result<heritage> receive_heritage(int link);

/// The end of the channel that the environment names, which it does not name any more then; none
/// if this is an ordinary start.
[[nodiscard]] descriptor take_heritage_link();

}  // namespace shoal::cluster
