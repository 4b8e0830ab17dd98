#include "cluster/options/option_layers.h"

#include <cstdlib>

#include "cluster/options/option_table.h"

namespace shoal::cluster {

std::string_view name_of(option_source source) noexcept {
  constexpr std::string_view names[] = {"default", "code", "file", "environment", "flag"};
  return names[static_cast<std::size_t>(source)];
}

option_layer silent_layer() { return option_layer(option_table().size()); }

const char* from_environment(const char* name) { return std::getenv(name); }

option_layer read_environment(environment get) {
  auto layer = silent_layer();
  for (std::size_t i = 0; i < layer.size(); ++i) {
    auto name = environment_name(option_table()[i].name);
    const char* const text = get(name.c_str());
    if (text != nullptr) layer[i] = option_text{text, std::move(name)};
  }
  return layer;
}

}  // namespace shoal::cluster
