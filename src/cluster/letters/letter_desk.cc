#include "cluster/letters/letter_desk.h"

#include <unistd.h>

#include <utility>

#include "cluster/node/worker_thread.h"
#include "http/messages.h"

namespace shoal::cluster {
namespace {

/// Then clients have their turn. A turn costs about as much as ten letters.
constexpr unsigned letters_a_turn = 128;

}  // namespace

letter_desk::letter_desk(const post_office& post, const std::vector<http::message_type>& types,
                         worker& self, io::loop& loop, std::span<worker_thread* const> crew,
                         unsigned first, shm::worker_tally& tally)
    : post_(post),
      types_(types),
      self_(self),
      loop_(loop),
      crew_(crew),
      first_(first),
      author_(::getpid()),
      tally_(tally),
      reader_(post, self.id(), types) {
  self_.use(this);
}

letter_desk::~letter_desk() {
  self_.use(nullptr);
  reading_.unlink();
}

bool letter_desk::send(unsigned to, const void* type_key, std::string_view what, int fd) {
  const auto done = post_.send({author_, self_.id()}, to, types_, type_key, what, fd);
  if (done == shm::pushed::unheard) wake(to);
  return done != shm::pushed::full;
}

void letter_desk::wake(unsigned worker) const noexcept {
  const unsigned index = worker - first_;
  if (index < crew_.size() && calls_neighbours_.load()) {
    crew_[index]->call_for_letters();
  } else {
    post_.call(worker);
  }
}

void letter_desk::open() noexcept {
  has_box_ = true;
  calls_neighbours_.store(true);
  read();  // what was sent to the one before
}

void letter_desk::call() const noexcept {
  // Sequentially consistent, as heed()'s: who does not post is heard by who is about to read.
  if (!arrival_.sent.exchange(true)) loop_.post(arrival_);
}

void letter_desk::heed() noexcept {
  arrival_.sent.exchange(false);
  if (has_box_) return read();
  post_.call(self_.id());  // whose box it is now
}

void letter_desk::read() noexcept {
  reading_.unlink();
  for (unsigned i = 0; i < letters_a_turn && has_box_; ++i) {
    if (auto one = reader_.next()) {
      const bool read =
          http::handle(*one->type, self_, one->contents, one->from, std::move(one->with));
      if (!read) shm::add(tally_, shm::total::messages_unreadable, 1);
    } else if (reader_.may_sleep()) {
      return;
    }
  }
  if (has_box_) loop_.defer(reading_);
}

}  // namespace shoal::cluster
