// A chat over Server-Sent Events: what one says, everybody in the room reads at once.
//
//   build/release/examples/sse_chat --listen 127.0.0.1:8080
//
// A worker's room is its own and needs no lock; what is said in it stays in it. Hence one worker,
// unless --workers asks for more rooms.
#include <chrono>
#include <coroutine>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/http/event_stream.h"
#include "shoal/http/form.h"
#include "shoal/shoal.h"

namespace {

using namespace std::chrono_literals;

constexpr std::size_t unread_max = 256;  // of a listener that does not keep up
constexpr std::size_t text_bytes_max = 1000;
constexpr auto glance = 1s;  // how often a silent listener looks whether to leave
constexpr int glances_until_comment = 15;

class listener;

struct room {
  std::set<listener*> listeners;
};

/// Lives in the coroutine that sends to its client. That ends where it waits when the client goes
/// away, and so the room never keeps one that has left.
class listener final {
 public:
  explicit listener(room& in) : room_(in) { room_.listeners.insert(this); }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  ~listener() { room_.listeners.erase(this); }

  /// Who sleeps goes on in the loop's next turn, so that nobody runs inside of another.
  void tell(const std::string& message) {
    if (unread_.size() == unread_max) unread_.pop_front();
    unread_.push_back(message);
    if (sleeper_) sleep_.emplace(0ns).await_suspend(sleeper_);
  }
  [[nodiscard]] bool has_unread() const noexcept { return !unread_.empty(); }

  // co_await: the next message, or nothing after a glance's time.
  [[nodiscard]] bool await_ready() const noexcept { return has_unread(); }
  void await_suspend(std::coroutine_handle<> sleeper) {
    sleeper_ = sleeper;
    sleep_.emplace(glance).await_suspend(sleeper);
  }
  std::optional<std::string> await_resume() {
    sleeper_ = nullptr;
    if (unread_.empty()) return std::nullopt;
    std::optional<std::string> message(std::move(unread_.front()));
    unread_.pop_front();
    return message;
  }

 private:
  room& room_;
  std::deque<std::string> unread_;
  std::coroutine_handle<> sleeper_;
  std::optional<shoal::sleep_awaiter> sleep_;
};

shoal::task<> listen(shoal::event_stream& out) {
  auto& c = out.request();
  listener self(c.state<room>());
  const std::string number = std::to_string(c.worker().id());
  co_await out.send({.data = number, .event = "room"});
  int silent = 0;
  while (!c.draining() || self.has_unread()) {
    const auto message = co_await self;
    silent = message ? 0 : silent + 1;
    if (message) co_await out.send({.data = *message});
    if (silent == glances_until_comment) co_await out.comment();
    silent %= glances_until_comment;
  }
}

shoal::task<shoal::response> say(shoal::context& c) {
  const auto sent = co_await shoal::form(c);
  const auto text = sent.find("text").value_or("");
  if (text.empty() || text.size() > text_bytes_max) {
    throw shoal::http_error(shoal::status::unprocessable_content, "text: 1 to 1000 bytes");
  }
  const auto message = shoal::object("name", sent.find("name").value_or("somebody"), "text", text);
  const auto& listeners = c.state<room>().listeners;
  for (auto* each : listeners) each->tell(message);
  co_return shoal::response::json(shoal::object("told", listeners.size()));
}

constexpr std::string_view page = R"(<!doctype html>
<title>Chat</title>
<ul id="said"></ul>
<form id="say"><input name="name" placeholder="name"><input name="text" autofocus><button>Say</button></form>
<script>
  const say = document.getElementById("say")
  new EventSource("/events").onmessage = event => {
    const {name, text} = JSON.parse(event.data)
    document.getElementById("said").appendChild(document.createElement("li")).textContent = `${name}: ${text}`
  }
  say.onsubmit = event => {
    event.preventDefault()
    fetch("/say", {method: "POST", body: new URLSearchParams(new FormData(say))})
    say.text.value = ""
  }
</script>
)";

}  // namespace

int main(int argc, char** argv) {
  shoal::app app;
  app.options().nodes = 1;
  app.options().workers = 1;
  app.state<room>();
  app.get<"/">([] {
    return shoal::response::borrowed_text(page).header("Content-Type", "text/html; charset=utf-8");
  });
  app.get<"/events">([] { return shoal::events(listen); });
  app.post<"/say">(say);
  return app.run(argc, argv);
}
