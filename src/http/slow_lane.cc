#include "http/slow_lane.h"

#include "http/connection.h"

namespace shoal::http {

slow_lane::slow_lane(io::loop& runs_on, intrusive_list<connection>& home) noexcept
    : loop_(runs_on), home_(home) {}

slow_lane::~slow_lane() { close(); }

void slow_lane::close() noexcept {
  unlink();
  for (auto* waiting : {&due_, &next_, &fresh_}) home_.splice_back(*waiting);
}

void slow_lane::enter(connection& who) noexcept {
  static_cast<list_node&>(who).unlink();
  fresh_.push_back(who);
  if (!linked()) loop_.defer(*this);
}

void slow_lane::leave(connection& who) noexcept {
  static_cast<list_node&>(who).unlink();
  home_.push_back(who);
}

void slow_lane::run() noexcept {
  connection* const first = due_.empty() ? nullptr : &due_.front();
  due_.splice_back(next_);
  next_.splice_back(fresh_);
  if (first != nullptr) {
    leave(*first);
    first->take_turn();
  }
  const bool empty = due_.empty() && next_.empty() && fresh_.empty();
  if (!empty && !linked()) loop_.defer(*this);
}

}  // namespace shoal::http
