#include "conversation.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "echo_routes.h"
#include "http/chunked.h"

namespace shoal::http::wire {
namespace {

/// Sent where the case says that the connection stays: its answer proves that, and that the server
/// takes the next byte for the beginning of a request.
constexpr std::string_view probe = "GET /echo/probe HTTP/1.1\r\nHost: probe\r\n\r\n";
constexpr std::string_view answer_to_probe = "GET /echo/probe @probe";

/// Turns after which nothing that has happened is left to be told.
constexpr int turns_to_rest = 3;

/// Turns of a millisecond each, before a server is given up.
constexpr int most_turns = 4000;

/// Takes the body from the front of `bytes`: by chunks, by its length, or up to the end of the
/// connection. False: it is not whole.
bool take_body(answer& a, std::string_view& bytes) {
  if (a.has("Transfer-Encoding: chunked")) {
    chunked_decoder decoder;
    for (;;) {
      const auto step = decoder.next(bytes);
      bytes.remove_prefix(step.consumed);
      a.body += step.data;
      if (step.what != chunked_decoder::status::data) {
        return step.what == chunked_decoder::status::done;
      }
    }
  }
  constexpr std::string_view name = "\r\nContent-Length: ";
  const auto at = a.head.find(name);
  const std::size_t size = at == a.head.npos
                               ? bytes.size()
                               : std::strtoul(a.head.c_str() + at + name.size(), nullptr, 10);
  if (bytes.size() < size) return false;
  a.body = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

/// Of an answer that is to come there, if it is a final one.
const expected_answer* nth_final(const std::vector<expected_answer>& expected, std::size_t n) {
  for (const auto& e : expected)
    if (e.status >= 200 && n-- == 0) return &e;
  return nullptr;
}

std::string fault_of(const answer& got, const expected_answer& wanted) {
  if (got.status != wanted.status) {
    return "status " + std::to_string(got.status) + " instead of " + std::to_string(wanted.status);
  }
  if (wanted.body && got.body != *wanted.body) {
    return "the body is \"" + got.body + "\" instead of \"" + *wanted.body + "\"";
  }
  for (const auto& field : wanted.present)
    if (!got.has(field)) return "without " + field + ":" + got.head;
  for (const auto& field : wanted.absent)
    if (got.has(field)) return "with " + field + ":" + got.head;
  return {};
}

std::string fault_of(const std::vector<answer>& got, const std::vector<expected_answer>& wanted) {
  std::size_t next = 0;
  for (const auto& w : wanted) {
    if (w.may_be_missing && (next == got.size() || got[next].status != w.status)) continue;
    if (next == got.size()) return "the answer " + std::to_string(w.status) + " is missing";
    if (auto fault = fault_of(got[next], w); !fault.empty()) return fault;
    ++next;
  }
  if (next < got.size()) return "one answer too many, " + std::to_string(got[next].status);
  return {};
}

/// What RFC 9112 9.6 and RFC 9110 6.6.1 ask of all answers.
std::string fault_of_any(const std::vector<answer>& got) {
  for (const answer& a : got) {
    if (a.status >= 200 && !a.has("Date")) return std::to_string(a.status) + " has no Date";
    if (a.has("Connection: close") && &a != &got.back()) return "an answer behind \"close\"";
    if (a.has("Content-Length") && a.has("Transfer-Encoding")) return "two framings:" + a.head;
  }
  return {};
}

std::string without_date(std::string head) {
  const auto at = head.find("\r\nDate: ");
  if (at != head.npos) head.erase(at, head.find("\r\n", at + 2) - at);
  return head;
}

/// The body of an error may hold what differs each time, an id.
std::string text_of(const std::vector<answer>& answers) {
  std::string text;
  for (const answer& a : answers) {
    if (a.status == 100) continue;
    text += std::to_string(a.status) + without_date(a.head);
    if (a.status < 400) text += a.body;
    text += '\n';
  }
  return text;
}

}  // namespace

bool answer::has(std::string_view field) const {
  const bool whole = field.find(':') != field.npos;
  return head.find("\r\n" + std::string(field) + (whole ? "\r\n" : ": ")) != head.npos;
}

std::vector<answer> take_answers(std::string_view& bytes,
                                 const std::vector<expected_answer>& expected) {
  std::vector<answer> answers;
  for (std::size_t finals = 0;;) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == bytes.npos || !bytes.starts_with("HTTP/1.1 ")) return answers;
    answer a;
    a.status = std::atoi(std::string(bytes.substr(9, 3)).c_str());
    a.head = bytes.substr(bytes.find("\r\n"), end + 2 - bytes.find("\r\n"));
    const auto* wanted = nth_final(expected, finals);
    const bool to_head = wanted != nullptr && wanted->to_head;
    const bool bodiless = to_head || a.status < 200 || a.status == 204 || a.status == 304;
    auto rest = bytes.substr(end + 4);
    if (!bodiless && !take_body(a, rest)) return answers;
    bytes = rest;
    finals += a.status >= 200;
    answers.push_back(std::move(a));
  }
}

/// The far end, and all that it has received.
class stage::client final {
 public:
  client(stage& on, const wire_case& c)
      : stage_(on), case_(c), far_(on.world_->connect(on.listener_)) {}

  ~client() {
    far_->reset();
    far_.reset();
    SHOAL_CHECK(
        stage_.run_until([this] { return stage_.server_->counters().connections_open == 0; }));
  }

  /// Sends `bytes`, and returns when the server has received them or the connection has ended.
  void send(std::string_view bytes) {
    while (!bytes.empty() && !ended()) {
      const auto before = stage_.world_->io().counters().completions;
      bytes.remove_prefix(far_->send(bytes));
      (void)stage_.run_until(
          [&] { return stage_.world_->io().counters().completions != before || ended(); });
      stage_.run_some_turns();
    }
  }

  bool ended() {
    received_ += far_->receive(1 << 20);
    return far_->ended();
  }

  std::size_t answers_come() {
    (void)ended();
    return answers().size();
  }

  [[nodiscard]] std::vector<answer> answers() {
    std::string_view rest = received_;
    auto all = take_answers(rest, case_.answers);
    rest_ = rest;
    return all;
  }
  /// What answers() left.
  [[nodiscard]] const std::string& rest() const { return rest_; }

  void finish_sending() { far_->shutdown_send(); }

 private:
  stage& stage_;
  const wire_case& case_;
  std::unique_ptr<io::conformance::peer> far_;
  std::string received_;
  std::string rest_;
};

stage::stage(std::unique_ptr<io::conformance::world> world)
    : world_(std::move(world)), loop_(world_->io()) {
  add_echo_routes(routes_);
  std::string problem;
  const auto* table = routes_.freeze(problem);
  SHOAL_CHECK(table != nullptr);
  server_.emplace(loop_, *table, self_);
  listener_ = world_->listen();
  server_->listen(listener_);
}

stage::~stage() {
  server_->drain();
  (void)run_until([this] { return server_->drained(); });
  world_->close_driver();
}

template <typename Condition>
bool stage::run_until(Condition condition) {
  for (int i = 0; i < most_turns; ++i) {
    if (condition()) return true;
    loop_.run_turn(loop_.now() + std::chrono::milliseconds(1));
  }
  return condition();
}

void stage::run_some_turns() {
  for (int i = 0; i < turns_to_rest; ++i) loop_.run_turn(loop_.now());
}

std::string stage::play(const wire_case& c, const std::vector<std::size_t>& cuts,
                        std::string& transcript) {
  client far(*this, c);
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    far.send(std::string_view(c.bytes).substr(from, cut - from));
    from = cut;
  }
  far.send(std::string_view(c.bytes).substr(from));

  const auto required = static_cast<std::size_t>(std::count_if(
      c.answers.begin(), c.answers.end(), [](const auto& a) { return !a.may_be_missing; }));
  const bool come = run_until([&] { return far.answers_come() >= required || far.ended(); });
  if (!come) return "answers are missing: " + text_of(far.answers()) + far.rest();
  run_some_turns();
  auto expected = c.answers;
  switch (*c.end) {
    case ending::keeps:
      if (far.ended()) return "the connection is closed behind: " + text_of(far.answers());
      far.send(probe);
      (void)run_until([&] { return far.answers_come() > required || far.ended(); });
      expected.push_back({.status = 200, .body = std::string(answer_to_probe)});
      break;
    case ending::closes:
      if (!run_until([&] { return far.ended(); })) {
        return "the connection stays behind: " + text_of(far.answers()) + far.rest();
      }
      break;
    case ending::waits:
      if (far.ended()) return "the connection is closed behind: " + text_of(far.answers());
      far.finish_sending();
      if (!run_until([&] { return far.ended(); })) return "the end of a part goes unheard";
      break;
  }
  const auto answers = far.answers();
  transcript = text_of(answers);
  auto fault = fault_of(answers, expected);
  if (fault.empty()) fault = fault_of_any(answers);
  if (fault.empty() && !far.rest().empty()) fault = "what is no answer: " + far.rest();
  return fault;
}

}  // namespace shoal::http::wire
