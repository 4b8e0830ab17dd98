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
