#include "cluster/control/control_desk.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "cluster/control/control_text.h"
#include "cluster/options/units.h"

namespace shoal::cluster {
namespace {

/// A request that cannot be served as it is.
struct bad_request {
  int status;
  std::string why;
};

/// Of a request: what is wrong with it is thrown and caught in this file alone.
class parameters final {
 public:
  explicit parameters(const control_request& asked) noexcept : asked_(asked) {}

  /// All that may be there.
  void only(std::string_view name) const {
    for (const auto& [given, value] : asked_.parameters) {
      if (given != name) throw bad_request{400, "there is no parameter \"" + given + "\" here"};
    }
    if (asked_.parameters.size() > 1) throw bad_request{400, "a parameter stands there twice"};
  }

  [[nodiscard]] bool flag(std::string_view name) const {
    only(name);
    if (asked_.parameters.empty()) return false;
    const auto value = parse_control_flag(asked_.parameters.front().second);
    if (!value) throw bad_request{400, std::string(name) + " must be 1 or 0"};
    return *value;
  }

  [[nodiscard]] std::string text(std::string_view name) const {
    only(name);
    return asked_.parameters.empty() ? std::string() : asked_.parameters.front().second;
  }

  [[nodiscard]] unsigned node(unsigned nodes) const {
    only("node");
    if (asked_.parameters.empty()) throw bad_request{400, "which node? write ?node=N"};
    const auto number = count("node");
    if (number >= nodes) {
      throw bad_request{404, "there is no node " + std::to_string(number) + "; the last one is " +
                                 std::to_string(nodes - 1)};
    }
    return number;
  }

  [[nodiscard]] unsigned workers() const {
    only("workers");
    if (asked_.parameters.empty()) throw bad_request{400, "how many? write ?workers=N"};
    return count("workers");
  }

 private:
  [[nodiscard]] unsigned count(std::string_view name) const {
    const auto number = parse_number(asked_.parameters.front().second);
    if (!number) throw bad_request{400, std::string(name) + " must be a number"};
    return static_cast<unsigned>(std::min<std::uint64_t>(*number, ~0U));
  }

  const control_request& asked_;
};

control_answer answer_for(const control_outcome& outcome, bool plain) {
  switch (outcome.what) {
    case control_outcome::kind::refused:
      return control_problem(409, outcome.text, plain);
    case control_outcome::kind::failed:
      return control_problem(500, outcome.text, plain);
    case control_outcome::kind::done:
      break;
  }
  return show_done(outcome.text, plain);
}

struct call {
  const control_request& asked;
  control_target& target;
  const control_desk::answer_to& answer;

  [[nodiscard]] parameters given() const noexcept { return parameters(asked); }

  [[nodiscard]] control_then then() const {
    return [answer = answer, plain = asked.plain](const control_outcome& outcome) {
      answer(answer_for(outcome, plain));
    };
  }
};

void status(const call& c) {
  c.given().only("");
  c.answer(show(c.target.status(), c.asked.plain));
}

void listeners(const call& c) {
  c.given().only("");
  c.answer(show(c.target.listeners(), c.asked.plain));
}

void numa(const call& c) {
  c.given().only("");
  c.answer(show(c.target.numa(), c.asked.plain));
}

void events(const call& c) {
  const bool follow = c.given().flag("follow");
  auto shown = show(c.target.events(), c.asked.plain);
  if (follow) shown.after = control_after::follow;
  c.answer(std::move(shown));
}

void reload(const call& c) {
  c.given().only("");
  c.target.reload_all(c.then());
}

void restart(const call& c) { c.target.restart(c.given().node(c.target.nodes()), c.then()); }

void kill(const call& c) { c.target.kill(c.given().node(c.target.nodes()), c.then()); }

void drain(const call& c) { c.target.drain(c.given().node(c.target.nodes()), c.then()); }

void undrain(const call& c) { c.target.undrain(c.given().node(c.target.nodes()), c.then()); }

void scale(const call& c) { c.target.scale(c.given().workers(), c.then()); }

void reopen(const call& c) {
  c.given().only("");
  c.then()(c.target.reopen_log());
}

void upgrade(const call& c) { c.target.upgrade_to(c.given().text("binary"), c.then()); }

void rollback(const call& c) {
  c.given().only("");
  c.target.roll_back(c.then());
}

/// That it has begun is said now, and that it is over by the connection's end.
void stop(const call& c) {
  auto said = answer_for(c.target.stop(c.given().flag("now")), c.asked.plain);
  said.after = control_after::hold;
  c.answer(std::move(said));
}

struct place {
  std::string_view path;
  http::method verb;
  void (*serve)(const call&);
};

constexpr std::array places = {place{"/v1/drain", http::method::post, drain},
                               place{"/v1/events", http::method::get, events},
                               place{"/v1/kill", http::method::post, kill},
                               place{"/v1/listeners", http::method::get, listeners},
                               place{"/v1/numa", http::method::get, numa},
                               place{"/v1/reload", http::method::post, reload},
                               place{"/v1/reopen", http::method::post, reopen},
                               place{"/v1/restart", http::method::post, restart},
                               place{"/v1/rollback", http::method::post, rollback},
                               place{"/v1/scale", http::method::post, scale},
                               place{"/v1/status", http::method::get, status},
                               place{"/v1/stop", http::method::post, stop},
                               place{"/v1/undrain", http::method::post, undrain},
                               place{"/v1/upgrade", http::method::post, upgrade}};

control_answer no_such_place(const control_request& asked) {
  std::string all = "there are";
  for (const auto& each : places) all.append(" ").append(each.path);
  return control_problem(404, all, asked.plain);
}

control_answer wrong_verb(const place& there, const control_request& asked) {
  const std::string_view verb = http::to_string(there.verb);
  auto out = control_problem(
      405, std::string(there.path) + " takes " + std::string(verb) + " alone", asked.plain);
  out.allow = verb;
  return out;
}

}  // namespace

void control_desk::serve(const control_request& asked, answer_to answer) const {
  const auto* const there = std::find_if(places.begin(), places.end(),
                                         [&](const place& p) { return p.path == asked.path; });
  if (there == places.end()) return answer(no_such_place(asked));
  if (there->verb != asked.verb) return answer(wrong_verb(*there, asked));
  try {
    there->serve({asked, target_, answer});
  } catch (const bad_request& why) {
    answer(control_problem(why.status, why.why, asked.plain));
  }
}

bool control_desk::may_last(const control_request& asked) noexcept {
  return asked.verb == http::method::post || !asked.parameters.empty();
}

}  // namespace shoal::cluster
