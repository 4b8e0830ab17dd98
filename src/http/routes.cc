#include "shoal/http/routes.h"

#include "http/table.h"

namespace shoal::http {

routes::routes() : table_(std::make_unique<table>()) {}
routes::~routes() = default;
routes::routes(routes&&) noexcept = default;
routes& routes::operator=(routes&&) noexcept = default;

void routes::add(method verb, std::string_view pattern, endpoint target, place at) {
  const std::string_view path = at.file_name();
  const auto name = path.substr(path.find_last_of('/') + 1);
  table_->endpoints.push_back(std::move(target));
  table_->entries.push_back(
      {verb, std::string(pattern), std::string(name) + ":" + std::to_string(at.line())});
}

void routes::add_state(std::function<void(worker&)> make) {
  table_->states.push_back(std::move(make));
}

const routes::table* routes::freeze(std::string& problem) {
  table_->router = {};
  for (std::size_t i = 0; i < table_->entries.size(); ++i) {
    const auto& entry = table_->entries[i];
    const auto added =
        table_->router.add(entry.verb, entry.pattern, static_cast<route_id>(i), entry.place);
    if (!added) {
      problem = added.error().message;
      return nullptr;
    }
  }
  return table_.get();
}

void routes::make_states(worker& w) const {
  for (const auto& make : table_->states) make(w);
}

}  // namespace shoal::http
