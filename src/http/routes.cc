#include "shoal/http/routes.h"

#include <algorithm>
#include <stdexcept>

#include "http/allow.h"
#include "http/chain.h"
#include "http/table.h"
#include "shoal/http/problem.h"

namespace shoal::http {
namespace {

response not_found() { return problem(status::not_found); }

bool make_unrouted(const void* table, context& c, response& made) {
  made = unrouted_answer(*static_cast<const route_table*>(table), c.verb(), c.path());
  return true;
}

bool answer_unrouted(const void* table, context& c) {
  detail::respond(c, unrouted_answer(*static_cast<const route_table*>(table), c.verb(), c.path()));
  return true;
}

/// Adds what stands around the routes of one group, its parents' first.
void surround(const route_table& table, std::size_t group, chain& to) {
  const auto& own = table.groups[group];
  if (group != own.parent) surround(table, own.parent, to);
  to.before.insert(to.before.end(), own.before.begin(), own.before.end());
  to.around.insert(to.around.end(), own.around.begin(), own.around.end());
  to.after.insert(to.after.begin(), own.after.rbegin(), own.after.rend());
}

endpoint surrounded(const route_table& table, std::size_t group, const endpoint& handler) {
  chain parts;
  parts.inner = handler;
  surround(table, group, parts);
  return link(std::move(parts));
}

/// Empty: there is none.
std::string conflict_of(const std::vector<message_type>& messages) {
  for (auto one = messages.begin(); one != messages.end(); ++one) {
    const std::string name = one->tag.name;
    if (name.empty()) return "a type of messages has no name in its tag";
    const bool again = std::any_of(messages.begin(), one, [&](const message_type& other) {
      return other.key == one->key || name == other.tag.name;
    });
    if (again) return "two functions are there for messages of the name " + name;
  }
  return {};
}

}  // namespace

response unrouted_answer(const route_table& table, method verb, std::string_view path) {
  const auto match = table.router.match(verb, path);
  const bool whole_server = path == "*" || path.empty();
  if (match.what == route_match::kind::not_found && !whole_server) {
    return problem(status::not_found);
  }
  const auto allowed = allow_list(whole_server ? all_methods : match.allowed);
  if (verb == method::options) return response(status::no_content).header("Allow", allowed);
  return problem(status::method_not_allowed).header("Allow", allowed);
}

void add_route(route_table& table, std::size_t group, method verb, std::string_view pattern,
               endpoint handler, const route_options& how, std::source_location at) {
  const std::string_view path = at.file_name();
  const auto name = path.substr(path.find_last_of('/') + 1);
  table.entries.push_back({verb, table.groups[group].prefix + std::string(pattern),
                           std::string(name) + ":" + std::to_string(at.line()), group,
                           std::move(handler), how});
}

void add_before(route_table& table, std::size_t group, before_hook hook) {
  table.groups[group].before.push_back(std::move(hook));
}
void add_after(route_table& table, std::size_t group, after_hook hook) {
  table.groups[group].after.push_back(std::move(hook));
}
void add_around(route_table& table, std::size_t group, middleware onion) {
  table.groups[group].around.push_back(std::move(onion));
}

std::size_t add_group(route_table& table, std::size_t parent, std::string_view prefix) {
  table.groups.push_back({parent, table.groups[parent].prefix + std::string(prefix), {}, {}, {}});
  return table.groups.size() - 1;
}

routes::routes() : routes(std::make_unique<route_table>()) {}
routes::routes(std::unique_ptr<route_table> table) noexcept
    : route_scope<0>(*table, 0), table_(std::move(table)) {}
routes::~routes() = default;
routes::routes(routes&&) noexcept = default;
routes& routes::operator=(routes&&) noexcept = default;

void routes::add_state(std::function<void(worker&)> make) {
  table_->states.push_back(std::move(make));
}

void routes::add_recurring(recurring what) {
  if (what.interval.count() <= 0 || what.interval > std::chrono::hours(24 * 365)) {
    throw std::invalid_argument(
        "shoal: every() needs an interval of more than 0 and of a year at most");
  }
  table_->recurring.push_back(std::move(what));
}

/// What workers and the supervisor do with one type is one entry. Twice the same is two, which
/// freeze() tells of.
void routes::add_message(message_type what) {
  const auto completes = [&](const message_type& known) {
    return known.key == what.key && !(known.handle && what.handle) &&
           !(known.supervise && what.supervise);
  };
  const auto known = std::find_if(table_->messages.begin(), table_->messages.end(), completes);
  if (known == table_->messages.end()) return table_->messages.push_back(std::move(what));
  known->with_descriptor = known->with_descriptor || what.with_descriptor;
  if (what.handle) known->handle = std::move(what.handle);
  if (what.supervise) known->supervise = std::move(what.supervise);
}

bool routes::knows_message(const void* key) const noexcept {
  return std::any_of(table_->messages.begin(), table_->messages.end(),
                     [key](const message_type& known) { return known.key == key; });
}

const route_table* routes::freeze(std::string& problem) {
  table_->router = {};
  table_->endpoints.clear();
  table_->plans.clear();
  problem = conflict_of(table_->messages);
  if (!problem.empty()) return nullptr;
  for (const auto& group : table_->groups) {
    if (group.prefix.empty() || (group.prefix.front() == '/' && group.prefix.back() != '/'))
      continue;
    problem = "the prefix \"" + group.prefix +
              "\" of a group must begin with a slash and not end with one";
    return nullptr;
  }
  for (std::size_t i = 0; i < table_->entries.size(); ++i) {
    const auto& entry = table_->entries[i];
    const auto added =
        table_->router.add(entry.verb, entry.pattern, static_cast<route_id>(i), entry.place);
    if (!added) {
      problem = added.error().message;
      return nullptr;
    }
    table_->endpoints.push_back(surrounded(*table_, entry.group, entry.handler));
    table_->plans.push_back(entry.how);
  }
  endpoint unfound = handler_adapter<response (*)(), 0>::make(&not_found);
  table_->unfound = surrounded(*table_, 0, unfound);
  endpoint unrouted;
  unrouted.handler = std::shared_ptr<const void>(std::shared_ptr<void>(), table_.get());
  unrouted.answer = &answer_unrouted;
  unrouted.make = &make_unrouted;
  table_->unrouted = surrounded(*table_, 0, unrouted);
  return table_.get();
}

void routes::make_states(worker& w) const {
  for (const auto& make : table_->states) make(w);
}

}  // namespace shoal::http
