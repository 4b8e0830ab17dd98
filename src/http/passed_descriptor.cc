#include "shoal/http/passed_descriptor.h"

#include <unistd.h>

namespace shoal {

passed_descriptor::~passed_descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace shoal
