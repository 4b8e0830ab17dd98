#include "shoal/http/worker.h"

namespace shoal::http {

kept_values& kept_by_thread() noexcept {
  static thread_local kept_values kept;
  return kept;
}

}  // namespace shoal::http
