// Sockets that a service manager has opened for us (socket activation), or has kept for us since an
// earlier life of the service, as sd_listen_fds(3) has it: descriptors from 3 on, and variables
// that say how many they are, what they are called and for which process they are.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/listen/address.h"

namespace shoal::cluster {

struct given_socket {
  std::string name;   ///< FileDescriptorName= of its unit, or kept_name()
  address where;      ///< what it is really bound to
  descriptor socket;  ///< none: it is no listening stream socket, and was left alone
};

/// One for each descriptor from the first on; none if the variables are for another process.
/// `get` is std::getenv.
[[nodiscard]] std::vector<std::string> read_given_names(const char* (*get)(const char* name),
                                                        pid_t self);

/// Takes the listening stream sockets among the descriptors from `first` on, and makes them as ours
/// are. Files, pipes and other sockets are for whoever in this program knows of them. An error: one
/// is a client's connection, which would mean a process for each client.
[[nodiscard]] result<std::vector<given_socket>> take_descriptors(std::span<const std::string> names,
                                                                 int first);

/// Both, from the environment, which says nothing of it any more then: nothing that we start shall
/// think that they are for it.
[[nodiscard]] result<std::vector<given_socket>> take_given_sockets();

/// NAME of "fd:NAME", which asks for the sockets of this name, whatever they are bound to.
[[nodiscard]] std::optional<std::string_view> asked_name(std::string_view wish) noexcept;

/// Whether it can be listened on, as far as its text says: an address or fd:NAME.
[[nodiscard]] result<void> check_listen_wish(std::string_view wish);

/// What a socket of ours is called while the manager keeps it. No unit's name has a blank in it.
[[nodiscard]] std::string kept_name(const address& where, unsigned slot);
[[nodiscard]] bool is_kept(const given_socket&) noexcept;
/// Of one that is kept; nothing: another version has called it so.
[[nodiscard]] std::optional<unsigned> slot_of(const given_socket&);

}  // namespace shoal::cluster
