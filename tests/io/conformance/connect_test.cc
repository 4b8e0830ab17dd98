#include <netinet/in.h>

#include <cerrno>

#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class Connect : public conformance {
 protected:
  connector& connecting(int socket, const address& to) {
    auto& op = make<connector>();
    op.address = to.bytes;
    op.address_bytes = to.size;
    start(op, socket);
    return op;
  }
};

TEST_P(Connect, ToAListenerIsZeroAndBytesFlowBothWays) {
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  const int near = scene().fresh_socket();
  auto& op = connecting(near, scene().address_of(listener));
  ASSERT_TRUE(run_until([&] { return op.done() && accept.sockets.size() == 1; }));
  EXPECT_EQ(op.last(), 0);

  const int far = accept.sockets[0];
  auto& here = started<receiver>(near);
  auto& there = started<receiver>(far);
  auto& question = make<sender>();
  auto& answer = make<sender>();
  send(question, near, "question");
  ASSERT_TRUE(run_until([&] { return there.bytes == "question"; }));
  send(answer, far, "answer");
  EXPECT_TRUE(run_until([&] { return here.bytes == "answer"; }));
}

TEST_P(Connect, ADriversOwnSocketReachesADriversOwnListener) {
  const address any = scene().address_of(scene().listen());
  socket_address where{any.bytes, any.size};
  // Port 0: any that is free.
  reinterpret_cast<sockaddr_in*>(&where.bytes)->sin_port = 0;
  const int listener = io().listen(where, 16);
  ASSERT_GE(listener, 0);
  auto& accept = started<acceptor>(listener);
  const int near = io().fresh_socket(AF_INET);
  ASSERT_GE(near, 0);
  auto& op = connecting(near, {where.bytes, where.size});
  ASSERT_TRUE(run_until([&] { return op.done() && accept.sockets.size() == 1; }));
  EXPECT_EQ(op.last(), 0);
  auto& there = started<receiver>(accept.sockets[0]);
  auto& question = make<sender>();
  send(question, near, "question");
  EXPECT_TRUE(run_until([&] { return there.bytes == "question"; }));
  finish(accept);
  finish(there);
  io().close(near);
  io().close(listener);
}

TEST_P(Connect, WithoutDescriptorsThereIsNoFreshSocketAndNoListener) {
  const address any = scene().address_of(scene().listen());
  socket_address where{any.bytes, any.size};
  reinterpret_cast<sockaddr_in*>(&where.bytes)->sin_port = 0;
  scene().exhaust_descriptors();
  EXPECT_EQ(io().fresh_socket(AF_INET), -EMFILE);
  EXPECT_EQ(io().listen(where, 16), -EMFILE);
  scene().restore_descriptors();
  const int socket = io().fresh_socket(AF_INET);
  EXPECT_GE(socket, 0);
  io().close(socket);
}

TEST_P(Connect, RefusedIsToldOnce) {
  auto& op = connecting(scene().fresh_socket(), scene().refusing_address());
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), -ECONNREFUSED);
  settle();
  EXPECT_EQ(op.count(), 1U);
}

TEST_P(Connect, ThatNobodyAnswersCanBeCancelledAndClosed) {
  const int socket = scene().fresh_socket();
  auto& op = connecting(socket, scene().silent_address());
  settle(50);
  ASSERT_TRUE(op.in_flight());
  finish(op);
  EXPECT_EQ(op.last(), -ECANCELED);
  io().close(socket);
  settle();
  EXPECT_EQ(op.count(), 1U);
}

TEST_P(Connect, ManyAtOnceAreAllAnswered) {
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  std::vector<connector*> all;
  for (int i = 0; i < 50; ++i) {
    all.push_back(&connecting(scene().fresh_socket(), scene().address_of(listener)));
  }
  for (auto* op : all) {
    ASSERT_TRUE(run_until([&] { return op->done(); }));
    EXPECT_EQ(op->last(), 0);
  }
  EXPECT_TRUE(run_until([&] { return accept.sockets.size() == all.size(); }));
}

SHOAL_CONFORMANCE(Connect);

}  // namespace
}  // namespace shoal::io::conformance
