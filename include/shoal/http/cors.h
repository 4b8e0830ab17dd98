#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/http/hooks.h"

namespace shoal {

/// What pages of other origins may do (Fetch, "CORS protocol"). By default nothing: name origins.
struct cors_options {
  /// As a browser writes them: "https://example.org", "http://localhost:8080". Compared exactly.
  std::vector<std::string> origins;
  /// Asked about every other origin. Must be safe to call on all workers at once.
  std::function<bool(std::string_view origin)> allow_origin;
  /// Every origin, "*". Never together with credentials.
  bool any_origin = false;

  std::vector<std::string> methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
  std::vector<std::string> headers = {"Content-Type"};  ///< fields that requests may bring
  std::vector<std::string> expose;                      ///< fields of answers that scripts may see
  bool credentials = false;                             ///< cookies and Authorization
  std::chrono::seconds max_age{600};  ///< for which a browser remembers; they cap it at two hours
};

/// The two halves of a policy; shoal::cors() puts them where they belong.
///
/// Errors    the constructor throws std::invalid_argument, which names what makes no sense
class cors_policy final {
 public:
  explicit cors_policy(cors_options options);

  /// Answers a preflight request with 204, and lets everything else pass.
  [[nodiscard]] std::optional<response> before(context& c) const;

  /// Gives answers the fields that let the page see them.
  void after(context& c, response& r) const;

 private:
  struct state;
  std::shared_ptr<const state> state_;
};

/// Adds both to an app, before what needs authentication: a preflight brings no credentials. On a
/// group it would not see preflight requests, which are to no route of the group.
template <typename App>
void cors(App& app, cors_options options) {
  const cors_policy policy(std::move(options));
  app.before([policy](context& c) { return policy.before(c); });
  app.after([policy](context& c, response& r) { policy.after(c, r); });
}

}  // namespace shoal
