#include "cluster/supervisor_letters.h"

#include <unistd.h>

#include "http/messages.h"

namespace shoal::cluster {

supervisor_letters::supervisor_letters(const post_office& post,
                                       const std::vector<http::message_type>& types,
                                       shoal::supervisor& self)
    : post_(post),
      types_(types),
      self_(self),
      author_(::getpid()),
      box_(post.box(the_supervisor)),
      letter_(room_for_letters(post.most_bytes())) {
  self_.use(this);
}

supervisor_letters::~supervisor_letters() { self_.use(nullptr); }

bool supervisor_letters::send(unsigned to, const void* type_key, std::string_view what) {
  const auto done = post_.send({author_, the_supervisor}, to, types_, type_key, what);
  if (done == shm::pushed::unheard) post_.call(to);
  return done != shm::pushed::full;
}

bool supervisor_letters::read() noexcept {
  post_.hush(post_.supervisors_bell());
  shm::letter_head head;
  auto* const into = reinterpret_cast<std::byte*>(letter_.get());
  for (unsigned i = 0; i < at_once; ++i) {
    if (box_.take(head, into)) {
      handle(head);
    } else if (box_.may_sleep()) {
      return true;
    }
  }
  return false;
}

void supervisor_letters::handle(const shm::letter_head& head) noexcept {
  if (!is_sound(head, types_)) return;
  http::handle(types_[head.type], self_, {reinterpret_cast<const char*>(letter_.get()), head.bytes},
               {.worker = head.from});
}

}  // namespace shoal::cluster
