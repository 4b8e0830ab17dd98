// What a driver can tell about a connection.
#include <netinet/in.h>

#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class Facts : public conformance {};

TEST_P(Facts, CountWhatThePeerHasTaken) {
  auto [socket, far] = scene().connected();
  EXPECT_EQ(io().facts(socket).acknowledged, 0U);
  const std::string text(1000, 'x');
  sender op;
  send(op, socket, text);
  EXPECT_TRUE(run_until([&] {
    (void)far->receive();
    return op.done() && io().facts(socket).acknowledged == 1000U;
  }));
}

TEST_P(Facts, NameThePeersAddress) {
  auto [socket, far] = scene().connected();
  const auto known = io().facts(socket);
  ASSERT_EQ(known.peer.ss_family, AF_INET);
  EXPECT_NE(reinterpret_cast<const sockaddr_in&>(known.peer).sin_addr.s_addr, 0U);
}

SHOAL_CONFORMANCE(Facts);

}  // namespace
}  // namespace shoal::io::conformance
