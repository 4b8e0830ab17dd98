#include "compute/here.h"

namespace shoal::compute {
namespace {

constinit thread_local executors here;

}  // namespace

executors executors_here() noexcept { return here; }

void set_executors_here(const executors& those) noexcept { here = those; }

}  // namespace shoal::compute
