#include "cluster/node/answers.h"

#include "cluster/channel.h"

namespace shoal::cluster {

void answers::add(bool taken) { marks_ += taken ? taken_mark : refused_mark; }

void answers::say() noexcept {
  if (!marks_.empty() && send_note(channel_, note_kind::answered, marks_)) marks_.clear();
}

}  // namespace shoal::cluster
