// The control socket: however the bytes of a request are cut, the same is done and answered. Each
// request has one answer, which is whole HTTP, or waits for an outcome and then has one; and the
// cluster is touched by a POST to a path that is there alone.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "cluster/control/control_desk.h"
#include "cluster/control_stand_in.h"
#include "fuzz/pieces.h"
#include "http/client/response_head.h"

namespace shoal::cluster {
namespace {

using namespace fuzz;

struct outcome {
  bool complete = false;
  std::string asked;  ///< of the cluster
  std::string bytes;  ///< of the answer
  bool operator==(const outcome&) const = default;
};

void check_wire(const control_answer& answer) {
  const auto bytes = to_bytes(answer);
  http::response_head head;
  const auto seen = http::parse_response_head(bytes, 64 * 1024, false, head);
  SHOAL_CHECK(seen.status == http::parse_status::complete && head.status == answer.status);
  SHOAL_CHECK(bytes.substr(head.size) == answer.body);
}

outcome serve(const control_request& request) {
  control_stand_in target;
  std::optional<control_answer> answer;
  control_desk(target).serve(request, [&](control_answer a) {
    SHOAL_CHECK(!answer);
    answer = std::move(a);
  });
  SHOAL_CHECK(answer.has_value() != static_cast<bool>(target.waits));
  if (target.waits) target.waits({control_outcome::kind::done, "done"});
  check_wire(*answer);
  if (!target.asked.empty()) {
    SHOAL_CHECK(request.verb == http::method::post && control_desk::may_last(request));
    SHOAL_CHECK(request.path.starts_with("/v1/"));
  }
  if (answer->after != control_after::close) SHOAL_CHECK(control_desk::may_last(request));
  return {true, target.asked, to_bytes(*answer)};
}

outcome serve(std::string_view bytes, const cuts& ends) {
  http::parse_progress progress;
  for (const auto end : ends) {
    const auto reading = read_control_request(exact_copy(bytes.substr(0, end)).view(), progress);
    if (reading.is == control_reading::state::complete) return serve(reading.request);
    if (reading.is == control_reading::state::partial) {
      SHOAL_CHECK(end <= longest_control_head + 4);
      continue;
    }
    SHOAL_CHECK(reading.status >= 400 && !reading.why.empty());
    const auto refusal = control_problem(reading.status, reading.why, false);
    check_wire(refusal);
    return {true, "", to_bytes(refusal)};
  }
  return {};
}

}  // namespace
}  // namespace shoal::cluster

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  using namespace shoal::cluster;
  const auto bytes = fuzz::as_text(data, size);
  random_source random(fuzz::seed_from(bytes));
  const auto at_once = serve(bytes, fuzz::whole(bytes.size()));
  SHOAL_CHECK(serve(bytes, fuzz::every_byte(bytes.size())) == at_once);
  SHOAL_CHECK(serve(bytes, fuzz::some_cuts(bytes.size(), random)) == at_once);
  return 0;
}
