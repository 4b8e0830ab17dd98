#include "cluster/listen/allot.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace shoal::cluster {
namespace {

bool called(const given_socket& one, std::string_view name) {
  return !is_kept(one) && one.name == name;
}

class clerk final {
 public:
  clerk(std::vector<given_socket>&& given, unsigned slots, accepting tcp)
      : given_(std::move(given)), slots_(slots), tcp_(tcp) {}

  result<void> serve(const std::string& wish) {
    const auto name = asked_name(wish);
    return name ? by_name(wish, *name) : by_address(wish);
  }

  /// What is left when all wishes have been served.
  result<allotment> close() {
    const auto slot = [](const auto& one) { return is_kept(one) ? slot_of(one) : std::nullopt; };
    std::sort(given_.begin(), given_.end(),
              [&](const auto& a, const auto& b) { return slot(a) < slot(b); });
    for (auto& one : given_) {
      if (!one.socket.open()) continue;
      if (!is_kept(one)) return unasked(one);
      if (!take_kept(one)) out_.surplus.push_back(std::move(one));
    }
    // A name is dropped for all that are called so.
    std::erase_if(out_.kept, [&](const std::string& name) {
      return std::any_of(out_.surplus.begin(), out_.surplus.end(),
                         [&](const given_socket& s) { return s.name == name; });
    });
    return std::move(out_);
  }

 private:
  result<void> by_address(const std::string& wish) {
    auto where = parse_address(wish);
    if (!where) return error{0, "cannot listen on " + wish + ": " + where.error().message};
    auto& place = out_.addresses.emplace_back(wish, where.value());
    const auto text = show(place.where);
    for (auto& one : given_) {
      if (one.socket.open() && !is_kept(one) && show(one.where) == text) lend(one, place);
    }
    return {};
  }

  result<void> by_name(const std::string& wish, std::string_view name) {
    const auto begin = out_.addresses.size();
    for (auto& one : given_) {
      if (!called(one, name)) continue;
      if (!one.socket.open()) return unfit(wish);
      lend(one, place_of(wish, one.where, begin));
    }
    return out_.addresses.size() > begin ? result<void>() : missing(wish);
  }

  /// Sockets of one address belong together: they are one SO_REUSEPORT group.
  allotted& place_of(const std::string& wish, const address& where, std::size_t begin) {
    const auto text = show(where);
    const auto found =
        std::find_if(out_.addresses.begin() + static_cast<std::ptrdiff_t>(begin),
                     out_.addresses.end(), [&](const auto& a) { return show(a.where) == text; });
    return found != out_.addresses.end() ? *found : out_.addresses.emplace_back(wish, where);
  }

  static void lend(given_socket& one, allotted& to) {
    to.lent = true;
    to.sockets.push_back(std::move(one.socket));
  }

  /// They come in the order of their slots. Where each worker has a socket, what lies behind a hole
  /// is of no use: the kernel counts without holes.
  bool take_kept(given_socket& one) {
    const auto slot = slot_of(one);
    const auto text = show(one.where);
    const auto place =
        std::find_if(out_.addresses.begin(), out_.addresses.end(),
                     [&](const auto& a) { return !a.lent && show(a.where) == text; });
    if (!slot || place == out_.addresses.end()) return false;
    const bool fits = *slot == place->sockets.size() && *slot < slots_;
    if (tcp_ == accepting::each && !fits) return false;
    place->sockets.push_back(std::move(one.socket));
    out_.kept.push_back(one.name);
    return true;
  }

  [[nodiscard]] error missing(const std::string& wish) const {
    std::string names;
    for (const auto& one : given_) {
      if (!is_kept(one)) names.append(names.empty() ? "" : ", ").append(one.name);
    }
    return {ENOENT, "cannot listen on " + wish +
                        ": the service manager gives no socket of this name (" +
                        (names.empty() ? "it gives none" : "it gives " + names) +
                        "); start the .socket unit, whose FileDescriptorName= has to say it"};
  }

  static error unfit(const std::string& wish) {
    return {EINVAL, "cannot listen on " + wish +
                        ": what is called so is no listening stream socket; write ListenStream= "
                        "and Accept=no in its .socket unit"};
  }

  static error unasked(const given_socket& one) {
    return {EADDRNOTAVAIL, "the service manager gives a socket for " + show(one.where) +
                               " (name \"" + one.name +
                               "\") that nothing asks for: its clients would wait for ever; write "
                               "--listen " +
                               show(one.where) + " or --listen fd:" + one.name};
  }

  std::vector<given_socket> given_;
  const unsigned slots_;
  const accepting tcp_;
  allotment out_;
};

}  // namespace

result<allotment> allot(std::span<const std::string> wishes, std::vector<given_socket> given,
                        unsigned slots, accepting tcp) {
  clerk at_work(std::move(given), slots, tcp);
  for (const auto& wish : wishes) {
    if (const auto done = at_work.serve(wish); !done) return done.error();
  }
  return at_work.close();
}

unsigned count_addresses(std::span<const std::string> wishes, std::span<const given_socket> given) {
  unsigned count = 0;
  for (const auto& wish : wishes) {
    const auto name = asked_name(wish);
    const auto of_name = [&](const given_socket& one) { return name && called(one, *name); };
    const auto found = std::count_if(given.begin(), given.end(), of_name);
    count += std::max(static_cast<unsigned>(found), 1U);
  }
  return count;
}

}  // namespace shoal::cluster
