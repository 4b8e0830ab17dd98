#include "shoal/http/json.h"

#include "base/json_writer.h"

namespace shoal::detail {

void append_json_string(std::string& to, std::string_view text) {
  shoal::append_json_string(to, text);
}

}  // namespace shoal::detail
