#include "cluster/letters/supervisor_letters.h"

#include <unistd.h>

#include <utility>

#include "http/messages.h"

namespace shoal::cluster {

supervisor_letters::supervisor_letters(const post_office& post,
                                       const std::vector<http::message_type>& types,
                                       shoal::supervisor& self)
    : post_(post),
      types_(types),
      self_(self),
      author_(::getpid()),
      reader_(post, the_supervisor, types) {
  self_.use(this);
}

supervisor_letters::~supervisor_letters() { self_.use(nullptr); }

bool supervisor_letters::send(unsigned to, const void* type_key, std::string_view what, int fd) {
  const auto done = post_.send({author_, the_supervisor}, to, types_, type_key, what, fd);
  if (done == shm::pushed::unheard) post_.call(to);
  return done != shm::pushed::full;
}

bool supervisor_letters::read() noexcept {
  post_.hush(post_.supervisors_bell());
  for (unsigned i = 0; i < at_once; ++i) {
    if (auto one = reader_.next()) {
      http::handle(*one->type, self_, one->contents, one->from, std::move(one->with));
    } else if (reader_.may_sleep()) {
      return true;
    }
  }
  return false;
}

}  // namespace shoal::cluster
