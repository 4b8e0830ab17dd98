#include "io/uring/registered_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "io/uring/token.h"

namespace shoal::io::uring {

int registered_files::open(io_uring& ring) {
  if ((ring.features & uring_feature_of_6_14) == 0) return -EOPNOTSUPP;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);  // the kernel allows no table beyond it
  const auto entries = static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, most_entries));
  io_uring_rsrc_register table{};
  table.nr = entries;
  table.flags = IORING_RSRC_REGISTER_SPARSE;
  const int code = io_uring_register(static_cast<unsigned>(ring.ring_fd), IORING_REGISTER_FILES2,
                                     &table, sizeof table);
  if (code != 0) return code;
  wanted_.assign(entries, -1);
  entries_ = entries;
  return 0;
}

void registered_files::close(io_uring& ring) noexcept {
  if (entries_ != 0) io_uring_unregister_files(&ring);
  entries_ = 0;
}

void registered_files::update(int socket, int file, ring& queue) noexcept {
  int& entry = wanted_[static_cast<unsigned>(socket)];
  entry = file;
  io_uring_sqe& asked = queue.next_entry();
  io_uring_prep_files_update(&asked, &entry, 1, socket);
  asked.flags = IOSQE_CQE_SKIP_SUCCESS;
  asked.user_data = make_token(request::ignored);
}

}  // namespace shoal::io::uring
