#include "shoal/http/file_part.h"

#include <unistd.h>

namespace shoal {

open_file::~open_file() { ::close(descriptor_); }

}  // namespace shoal
