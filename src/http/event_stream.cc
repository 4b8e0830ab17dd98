#include "shoal/http/event_stream.h"

#include <stdexcept>
#include <utility>

namespace shoal {
namespace {

void append_line(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).push_back('\n');
}

void append_single_line(std::string& to, std::string_view name, std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    throw std::invalid_argument("shoal: the " + std::string(name) + " of an event is one line");
  }
  append_line(to, name, value);
}

/// One line for each line of `text`, whichever way it breaks them.
void append_lines(std::string& to, std::string_view name, std::string_view text) {
  for (;;) {
    const auto end = text.find_first_of("\r\n");
    append_line(to, name, text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  }
}

}  // namespace

body_writer::awaiter event_stream::send(const server_sent_event& event) {
  text_.clear();
  if (!event.event.empty()) append_single_line(text_, "event", event.event);
  if (!event.id.empty()) append_single_line(text_, "id", event.id);
  if (event.retry) append_line(text_, "retry", std::to_string(event.retry->count()));
  append_lines(text_, "data", event.data);
  text_.push_back('\n');
  return out_.write(text_);
}

body_writer::awaiter event_stream::comment(std::string_view text) {
  text_.clear();
  append_lines(text_, "", text);
  text_.push_back('\n');
  return out_.write(text_);
}

response events(std::function<task<void>(event_stream&)> produce) {
  // nginx holds answers back unless it is told not to.
  return response::stream("text/event-stream",
                          [produce = std::move(produce)](body_writer& out) -> task<void> {
                            event_stream to(out);
                            co_await produce(to);
                          })
      .header("Cache-Control", "no-store")
      .header("X-Accel-Buffering", "no");
}

}  // namespace shoal
