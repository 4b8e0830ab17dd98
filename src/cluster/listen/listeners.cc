#include "cluster/listen/listeners.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cluster/options/units.h"

namespace shoal::cluster {
namespace {

using handed_down = std::vector<handed_down_listener>;

/// The first socket of an address that a program before us leaves; the end: it leaves none.
handed_down::iterator first_of(handed_down& given, unsigned number, const std::string& wish) {
  return std::find_if(given.begin(), given.end(), [&](const auto& one) {
    return one.address == number && one.wish == wish && one.socket.open();
  });
}

/// Takes those of its number.
result<opened_address> adopt_address(handed_down& given, unsigned number, const std::string& wish,
                                     unsigned slots, const listener_options& how) {
  const auto first = first_of(given, number, wish);
  if (first == given.end()) {
    return error{ENOENT, wish + ": not listened on before, or in another order"};
  }
  opened_address out{
      wish, address_of(first->socket.get()).value_or(address()), first->who, first->given, {}};
  if (!out.given) out.who = out.where.local() ? how.local : how.tcp;
  for (unsigned slot = 0; slot < (out.who == accepting::each ? slots : 1); ++slot) {
    const auto found = std::find_if(given.begin(), given.end(), [&](const auto& one) {
      return one.address == number && one.slot == slot && one.who == out.who && one.socket.open();
    });
    if (found == given.end()) {
      return error{ENOENT, wish + ": nobody listens there in the same way yet"};
    }
    out.sockets.push_back(std::move(found->socket));
  }
  if (out.who != accepting::shared) return out;
  if (const auto done = duplicate(out.sockets, slots, out.where); !done) return done.error();
  return out;
}

}  // namespace

result<listeners> listeners::open(std::span<const std::string> addresses, unsigned slots,
                                  const listener_options& options) {
  auto places = allot(addresses, {}, slots, options.tcp);
  if (!places) return places.error();
  return open(std::move(places.value().addresses), slots, options);
}

result<listeners> listeners::open(std::vector<allotted> places, unsigned slots,
                                  const listener_options& options) {
  std::vector<opened_address> opened;
  std::vector<socket_file> files;
  for (auto& place : places) {
    auto some = open_address(std::move(place), slots, options, files);
    if (!some) return some.error();
    for (auto& one : some.value()) opened.push_back(std::move(one));
  }
  auto out = arrange(std::move(opened), slots);
  out.files_ = std::move(files);
  return out;
}

listeners listeners::arrange(std::vector<opened_address>&& opened, unsigned slots) {
  listeners out;
  for (unsigned slot = 0; slot < slots; ++slot) {
    for (auto& one : opened) {
      if (one.who != accepting::handed) out.sockets_.push_back(std::move(one.sockets[slot]));
    }
  }
  for (auto& one : opened) {
    if (one.who == accepting::handed) {
      out.handed_.push_back(std::move(one.sockets.front()));
    } else {
      out.grouped_.push_back(one.who == accepting::each);
    }
    const auto same = [&](const address& a) { return show(a) == show(one.where); };
    if (std::none_of(out.addresses_.begin(), out.addresses_.end(), same)) {
      out.addresses_.push_back(one.where);
    }
    one.sockets.clear();
    out.all_.push_back(std::move(one));
  }
  return out;
}

result<listeners> listeners::adopt(std::vector<handed_down_listener> sockets,
                                   std::span<const std::string> addresses, unsigned slots,
                                   const listener_options& options) {
  std::vector<opened_address> opened;
  unsigned number = 0;
  for (const auto& wish : addresses) {
    do {
      auto one = adopt_address(sockets, number, wish, slots, options);
      if (!one) return one.error();
      opened.push_back(std::move(one).value());
    } while (first_of(sockets, ++number, wish) != sockets.end());
  }
  const auto left = std::find_if(sockets.begin(), sockets.end(),
                                 [](const auto& one) { return one.socket.open(); });
  if (left == sockets.end()) return arrange(std::move(opened), slots);
  return error{ENOENT, left->wish + ": listened on before for more workers, or not any more"};
}

template <typename Each>
void listeners::for_each(Each each) const {
  unsigned handed = 0;
  unsigned accepted = 0;  // of those that slots accept from
  for (unsigned number = 0; number < all_.size(); ++number) {
    if (all_[number].who == accepting::handed) {
      each(number, 0U, handed_[handed++].get());
      continue;
    }
    const auto slots = sockets_.size() / grouped_.size();
    for (unsigned slot = 0; slot < (grouped_[accepted] ? slots : 1); ++slot) {
      each(number, slot, sockets_[slot * grouped_.size() + accepted].get());
    }
    ++accepted;
  }
}

result<std::vector<handed_down_listener>> listeners::hand_down() const {
  std::vector<handed_down_listener> out;
  for_each([&](unsigned number, unsigned slot, int socket) {
    const auto& of = all_[number];
    descriptor same(::fcntl(socket, F_DUPFD_CLOEXEC, 3));
    out.push_back({of.who, number, slot, of.wish, std::move(same), of.given});
  });
  const bool all =
      std::all_of(out.begin(), out.end(), [](const auto& o) { return o.socket.open(); });
  if (!all) return error{EMFILE, "no descriptor is left for the sockets of the next program"};
  return out;
}

std::vector<own_listener> listeners::own() const {
  std::vector<own_listener> out;
  for_each([&](unsigned number, unsigned slot, int socket) {
    const auto& of = all_[number];
    const auto asked = parse_address(of.wish);
    if (of.given || of.where.local() || !asked || asked.value().port() == 0) return;
    out.push_back({kept_name(of.where, slot), socket});
  });
  return out;
}

void listeners::listen_anew(unsigned backlog) const noexcept {
  for (const auto* const some : {&sockets_, &handed_}) {
    for (const auto& socket : *some) ::listen(socket.get(), static_cast<int>(backlog));
  }
}

void listeners::take_files() {
  if (!files_.empty()) return;
  for (const auto& one : all_) {
    if (one.where.local() && !one.given) files_.push_back(socket_file::adopt(one.where.path()));
  }
}

void listeners::leave_files() noexcept {
  for (auto& file : files_) file.leave();
  files_.clear();
}

std::span<const descriptor> listeners::of(unsigned slot) const noexcept {
  return std::span(sockets_).subspan(slot * grouped_.size(), grouped_.size());
}

std::vector<std::vector<int>> listeners::groups() const {
  std::vector<std::vector<int>> all;
  for (std::size_t a = 0; a < grouped_.size(); ++a) {
    if (!grouped_[a]) continue;
    auto& group = all.emplace_back();
    for (std::size_t at = a; at < sockets_.size(); at += grouped_.size()) {
      group.push_back(sockets_[at].get());
    }
  }
  return all;
}

unsigned read_somaxconn() {
  const descriptor file(::open("/proc/sys/net/core/somaxconn", O_RDONLY | O_CLOEXEC));
  char text[16];
  const auto bytes = file ? ::read(file.get(), text, sizeof text) : -1;
  if (bytes < 2) return 0;
  const auto value = parse_number(std::string_view(text, static_cast<std::size_t>(bytes) - 1));
  return value ? static_cast<unsigned>(*value) : 0;
}

}  // namespace shoal::cluster
