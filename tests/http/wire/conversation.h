// One case played against a server: on the sim driver, or over the loopback interface on a real
// one. Nothing waits for a time; what the server does is seen by running its loop until it is done.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "io/conformance/harness.h"
#include "io/loop.h"
#include "shoal/http/routes.h"
#include "wire_case.h"

namespace shoal::http::wire {

/// What came back.
struct answer {
  int status = 0;
  std::string head;  ///< "\r\n" before each field, and at the end
  std::string body;

  /// "Name" or "Name: value".
  [[nodiscard]] bool has(std::string_view field) const;
};

/// Takes complete answers from the front of `bytes`. `to_head(n)` says whether the nth final one
/// has no body because HEAD asked for it.
[[nodiscard]] std::vector<answer> take_answers(std::string_view& bytes,
                                               const std::vector<expected_answer>& expected);

/// The echo site on a driver.
class stage final {
 public:
  explicit stage(std::unique_ptr<io::conformance::world> world);
  ~stage();
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  /// Plays `c` over a new connection, its bytes cut at `cuts` (ascending): what stands behind a cut
  /// is sent when the server has received what stands before it. Returns what is wrong, or nothing;
  /// `transcript` becomes all that came back, but for dates.
  [[nodiscard]] std::string play(const wire_case& c, const std::vector<std::size_t>& cuts,
                                 std::string& transcript);

 private:
  class client;

  template <typename Condition>
  bool run_until(Condition condition);
  void run_some_turns();

  std::unique_ptr<io::conformance::world> world_;
  io::loop loop_;
  routes routes_;
  worker self_{worker_facts{}};
  std::optional<server> server_;
  int listener_ = -1;
};

}  // namespace shoal::http::wire
