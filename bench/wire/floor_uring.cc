// The barest io_uring loop: one enter for each turn, which hands over the turn's sends and brings
// the next receives.
//
// Multishot accept and receive, a buffer ring, DEFER_TASKRUN, a registered ring descriptor, and no
// completion for a send that went well.
#include <liburing.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "floor.h"

namespace shoal::wire {
namespace {

constexpr unsigned submissions = 1024;
constexpr unsigned completions = 8192;
constexpr unsigned buffers = 256;
constexpr unsigned short buffer_group = 0;

enum class request : std::uint32_t { accept, receive, send };

std::uint64_t label(request what, int socket) {
  return std::uint64_t{static_cast<std::uint32_t>(what)} << 32 | static_cast<std::uint32_t>(socket);
}

class uring_floor final {
 public:
  explicit uring_floor(int listener) : listener_(listener), tails_(descriptor_limit()) {
    open_ring();
    open_buffers();
    accept();
  }

  [[noreturn]] void run() {
    unsigned seen = 0;
    while (true) {
      // A processor that goes idle with a timer close by leaves its tick alone, which costs a
      // virtual machine less than stopping it: a tenth more requests with both cores nearly busy.
      __kernel_timespec brief{0, 50'000};
      io_uring_cqe* completion = nullptr;
      const bool busy = std::exchange(seen, 0) != 0;
      const int code = io_uring_submit_and_wait_timeout(&ring_, &completion, 1,
                                                        busy ? &brief : nullptr, nullptr);
      if (code < 0 && code != -EINTR && code != -ETIME) give_up("io_uring_enter", -code);
      unsigned head;
      io_uring_for_each_cqe(&ring_, head, completion) {
        handle(*completion);
        ++seen;
      }
      io_uring_buf_ring_advance(buffer_ring_, returned_);
      io_uring_cq_advance(&ring_, seen);
      returned_ = 0;
    }
  }

 private:
  void open_ring() {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                   IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
    params.cq_entries = completions;
    const int code = io_uring_queue_init_params(submissions, &ring_, &params);
    if (code != 0) give_up("io_uring_setup", -code);
    io_uring_register_ring_fd(&ring_);
  }

  void open_buffers() {
    const std::size_t ring_bytes = buffers * sizeof(io_uring_buf);
    void* memory = ::mmap(nullptr, ring_bytes + std::size_t{buffers} * receive_bytes,
                          PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    if (memory == MAP_FAILED) give_up("mmap", errno);
    buffer_ring_ = static_cast<io_uring_buf_ring*>(memory);
    memory_ = static_cast<char*>(memory) + ring_bytes;
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(memory);
    registration.ring_entries = buffers;
    registration.bgid = buffer_group;
    const int code = io_uring_register_buf_ring(&ring_, &registration, 0);
    if (code != 0) give_up("io_uring_register_buf_ring", -code);
    for (unsigned i = 0; i < buffers; ++i) give_back(i);
    io_uring_buf_ring_advance(buffer_ring_, returned_);
    returned_ = 0;
  }

  void give_back(unsigned buffer) {
    io_uring_buf_ring_add(buffer_ring_, memory_ + std::size_t{buffer} * receive_bytes,
                          receive_bytes, static_cast<unsigned short>(buffer),
                          io_uring_buf_ring_mask(buffers), static_cast<int>(returned_++));
  }

  io_uring_sqe* next_submission() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    while (entry == nullptr) {
      io_uring_submit(&ring_);
      entry = io_uring_get_sqe(&ring_);
    }
    return entry;
  }

  void accept() {
    io_uring_sqe* entry = next_submission();
    io_uring_prep_multishot_accept(entry, listener_, nullptr, nullptr, SOCK_CLOEXEC);
    entry->user_data = label(request::accept, listener_);
  }

  void receive(int socket) {
    io_uring_sqe* entry = next_submission();
    io_uring_prep_recv_multishot(entry, socket, nullptr, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = buffer_group;
    entry->user_data = label(request::receive, socket);
  }

  void send(int socket, unsigned requests) {
    io_uring_sqe* entry = next_submission();
    io_uring_prep_send(entry, socket, answers_.data(), requests * answer.size(),
                       MSG_NOSIGNAL | MSG_WAITALL);
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    entry->user_data = label(request::send, socket);
  }

  void handle(const io_uring_cqe& completion) {
    const int socket = static_cast<int>(completion.user_data & 0xffffffffU);
    const auto what = static_cast<request>(completion.user_data >> 32);
    if (what == request::receive) {
      received(socket, completion);
    } else if (what == request::accept) {
      if (completion.res >= 0) {
        tails_[completion.res] = {};
        receive(completion.res);
      }
      if ((completion.flags & IORING_CQE_F_MORE) == 0) accept();
    }
  }

  void received(int socket, const io_uring_cqe& completion) {
    if (completion.res > 0) {
      const unsigned buffer = completion.flags >> IORING_CQE_BUFFER_SHIFT;
      const std::span bytes(memory_ + std::size_t{buffer} * receive_bytes,
                            static_cast<std::size_t>(completion.res));
      const unsigned requests = count_blank_lines(bytes, tails_[socket]);
      if (requests != 0) send(socket, requests);
      give_back(buffer);
    }
    if ((completion.flags & IORING_CQE_F_MORE) != 0) return;
    if (completion.res > 0 || completion.res == -ENOBUFS) {
      receive(socket);
    } else {
      ::close(socket);
    }
  }

  int listener_;
  io_uring ring_;
  io_uring_buf_ring* buffer_ring_ = nullptr;
  char* memory_ = nullptr;
  unsigned returned_ = 0;               // buffers given back in this turn
  std::vector<blank_line_tail> tails_;  // by descriptor
  std::string answers_ = many_answers();
};

}  // namespace
}  // namespace shoal::wire

int main(int argc, char** argv) {
  const int listener = shoal::wire::listen_or_exit(argc, argv);
  shoal::wire::uring_floor(listener).run();
}
