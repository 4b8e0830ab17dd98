// Paths without parameters lie in one hash table, all others in a tree whose edges are segments. A
// node of the tree is reached in one way only, so a look-up visits each at most once, whatever path
// it is given.
#include "http/router.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "http/literal_table.h"
#include "http/pattern.h"

namespace shoal::http {
namespace {

using kind = pattern_segment::kind;

constexpr route_id no_route = ~route_id{0};
constexpr std::uint32_t none = literal_table::none;
constexpr std::uint16_t every_method = (1U << method_count) - 1;

constexpr std::uint16_t bit(method verb) noexcept {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(verb));
}

/// The routes of one pattern, by method.
struct endpoint {
  struct registration {
    route_id route = no_route;
    std::string pattern;
    std::string where;
  };

  std::array<registration, method_count + 1> registered;
  std::array<route_id, method_count + 1> answering;  ///< with the fall-backs, for match()
  std::uint16_t allowed = 0;

  endpoint() { answering.fill(no_route); }
  void settle() noexcept;
};

/// The route that answers a method: its own, GET's for HEAD, or that of any method.
void endpoint::settle() noexcept {
  const route_id any = registered[static_cast<std::size_t>(method::other)].route;
  allowed = any != no_route ? every_method : 0;
  for (std::size_t i = 0; i < registered.size(); ++i) {
    answering[i] = registered[i].route;
    if (answering[i] == no_route && static_cast<method>(i) == method::head)
      answering[i] = registered[static_cast<std::size_t>(method::get)].route;
    if (answering[i] == no_route) answering[i] = any;
    if (answering[i] != no_route && i < method_count) allowed |= bit(static_cast<method>(i));
  }
}

struct node {
  struct edge {
    std::string segment;
    std::uint32_t to = 0;
  };
  std::vector<edge> literals;  ///< in order of size, then bytes
  std::uint32_t parameter = none;
  std::uint32_t rest = none;  ///< an endpoint
  std::uint32_t here = none;  ///< an endpoint
};

bool before(std::string_view a, std::string_view b) noexcept {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

template <typename Edges>
auto place_of(Edges& edges, std::string_view segment) noexcept {
  return std::lower_bound(
      edges.begin(), edges.end(), segment,
      [](const node::edge& e, std::string_view wanted) { return before(e.segment, wanted); });
}

/// One walk through the tree: the best route that answers the method, and on the way to it (or to
/// the end) the methods that others answer.
class search final {
 public:
  search(const std::vector<node>& nodes, const std::vector<endpoint>& endpoints, method verb,
         route_match& out) noexcept
      : nodes_(nodes), endpoints_(endpoints), verb_(static_cast<std::size_t>(verb)), out_(out) {}

  /// Is this the route?
  bool accept(std::uint32_t at) noexcept;
  /// Is it below this node, for what follows a slash of the path?
  bool descend(std::uint32_t at, std::string_view rest) noexcept;

 private:
  bool follow(std::uint32_t child, std::string_view rest, std::size_t slash) noexcept;

  const std::vector<node>& nodes_;
  const std::vector<endpoint>& endpoints_;
  const std::size_t verb_;
  route_match& out_;
};

bool search::accept(std::uint32_t at) noexcept {
  if (at == none) return false;
  const endpoint& e = endpoints_[at];
  out_.allowed |= e.allowed;
  out_.route = e.answering[verb_];
  return out_.route != no_route;
}

bool search::follow(std::uint32_t child, std::string_view rest, std::size_t slash) noexcept {
  return slash == rest.npos ? accept(nodes_[child].here) : descend(child, rest.substr(slash + 1));
}

bool search::descend(std::uint32_t at, std::string_view rest) noexcept {
  const node& n = nodes_[at];
  const std::size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  const auto literal = place_of(n.literals, segment);
  if (literal != n.literals.end() && literal->segment == segment &&
      follow(literal->to, rest, slash))
    return true;
  const std::uint8_t count = out_.parameter_count;
  if (n.parameter != none && !segment.empty()) {
    out_.parameters[out_.parameter_count++] = segment;
    if (follow(n.parameter, rest, slash)) return true;
    out_.parameter_count = count;
  }
  if (!accept(n.rest)) return false;
  out_.parameters[out_.parameter_count++] = rest;
  return true;
}

std::string name_of(std::string_view pattern, std::string_view where) {
  return "\"" + std::string(pattern) + "\"" +
         (where.empty() ? std::string() : " at " + std::string(where));
}

}  // namespace

struct router::tree {
  literal_table literals;
  std::deque<std::string> texts;  ///< the keys of `literals`, whose addresses stay
  std::vector<endpoint> endpoints;
  std::vector<node> nodes{1};

  std::uint32_t new_endpoint() {
    endpoints.emplace_back();
    return static_cast<std::uint32_t>(endpoints.size() - 1);
  }
  std::uint32_t new_node() {
    nodes.emplace_back();
    return static_cast<std::uint32_t>(nodes.size() - 1);
  }
  std::uint32_t literal_endpoint(std::string_view path);
  std::uint32_t tree_endpoint(const std::vector<pattern_segment>& segments);
  std::uint32_t literal_child(std::uint32_t from, std::string_view segment);
  std::uint32_t parameter_child(std::uint32_t from);
};

std::uint32_t router::tree::literal_endpoint(std::string_view path) {
  if (const std::uint32_t known = literals.find(path); known != none) return known;
  const std::uint32_t added = new_endpoint();
  literals.insert(texts.emplace_back(path), added);
  return added;
}

std::uint32_t router::tree::literal_child(std::uint32_t from, std::string_view segment) {
  const auto place = place_of(nodes[from].literals, segment);
  if (place != nodes[from].literals.end() && place->segment == segment) return place->to;
  const auto index = place - nodes[from].literals.begin();
  const std::uint32_t child = new_node();
  auto& edges = nodes[from].literals;
  edges.insert(edges.begin() + index, {std::string(segment), child});
  return child;
}

std::uint32_t router::tree::parameter_child(std::uint32_t from) {
  if (nodes[from].parameter == none) {
    const std::uint32_t child = new_node();
    nodes[from].parameter = child;
  }
  return nodes[from].parameter;
}

std::uint32_t router::tree::tree_endpoint(const std::vector<pattern_segment>& segments) {
  std::uint32_t at = 0;
  for (const auto& s : segments) {
    if (s.what == kind::rest) break;
    at = s.what == kind::literal ? literal_child(at, s.text) : parameter_child(at);
  }
  std::uint32_t& place = segments.back().what == kind::rest ? nodes[at].rest : nodes[at].here;
  if (place == none) place = new_endpoint();
  return place;
}

router::router() : tree_(std::make_unique<tree>()) {}
router::~router() = default;
router::router(router&&) noexcept = default;
router& router::operator=(router&&) noexcept = default;

result<void> router::add(method verb, std::string_view pattern, route_id route,
                         std::string_view where) {
  auto segments = parse_pattern(pattern, where);
  if (!segments) return segments.error();
  const bool literal = std::all_of(segments.value().begin(), segments.value().end(),
                                   [](const auto& s) { return s.what == kind::literal; });
  endpoint& e = tree_->endpoints[literal ? tree_->literal_endpoint(pattern)
                                         : tree_->tree_endpoint(segments.value())];
  auto& mine = e.registered[static_cast<std::size_t>(verb)];
  if (mine.route != no_route) {
    const std::string_view name = verb == method::other ? "any method" : to_string(verb);
    return error{0, "route " + std::string(name) + " " + name_of(pattern, where) +
                        " matches the same requests as " + name_of(mine.pattern, mine.where) +
                        "; remove one of them or change its path"};
  }
  mine = {route, std::string(pattern), std::string(where)};
  e.settle();
  return {};
}

route_match router::match(method verb, std::string_view path) const noexcept {
  route_match out;
  search walk(tree_->nodes, tree_->endpoints, verb, out);
  if (walk.accept(tree_->literals.find(path)) ||
      (path.starts_with('/') && walk.descend(0, path.substr(1)))) {
    out.what = route_match::kind::found;
    out.allowed = 0;
  } else if (out.allowed != 0) {
    out.what = route_match::kind::method_not_allowed;
    out.allowed |= bit(method::options);
  }
  return out;
}

}  // namespace shoal::http
