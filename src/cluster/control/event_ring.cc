#include "cluster/control/event_ring.h"

#include "base/json_writer.h"
#include "base/utc_text.h"

namespace shoal::cluster {

const lifecycle_event& event_ring::add(lifecycle_event event, std::int64_t milliseconds) {
  if (events_.size() == capacity) events_.pop_front();
  event.number = ++last_;
  event.milliseconds = milliseconds;
  if (event.text.size() > longest_text) event.text.resize(longest_text);
  return events_.emplace_back(std::move(event));
}

std::string_view name_of(event_kind kind) noexcept {
  switch (kind) {
    case event_kind::fork:
      return "fork";
    case event_kind::online:
      return "online";
    case event_kind::listening:
      return "listening";
    case event_kind::exit:
      return "exit";
    case event_kind::reload_begin:
      return "reload_begin";
    case event_kind::reload_end:
      return "reload_end";
    case event_kind::upgrade_begin:
      return "upgrade_begin";
    case event_kind::upgrade_end:
      return "upgrade_end";
    case event_kind::canary_begin:
      return "canary_begin";
    case event_kind::canary_end:
      return "canary_end";
    case event_kind::stop:
      break;
  }
  return "stop";
}

std::string to_json(const lifecycle_event& e) {
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("number", e.number);
  json.member("time", show_utc(e.milliseconds));
  json.member("event", name_of(e.kind));
  if (e.process) {
    json.member("node", e.process->node);
    json.member("pid", e.process->pid);
    json.member("generation", e.process->generation);
  }
  if (e.code) json.member("code", *e.code);
  if (e.signal) json.member("signal", *e.signal);
  if (!e.text.empty()) json.member("text", e.text);
  json.end_object();
  return out;
}

std::string describe(const lifecycle_event& e) {
  std::string out(name_of(e.kind));
  if (e.process) {
    out += " node " + std::to_string(e.process->node) + " pid " + std::to_string(e.process->pid) +
           " generation " + std::to_string(e.process->generation);
  }
  if (!e.text.empty()) out += ": ";
  for (const char c : e.text) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return out;
}

std::string to_json_line(const lifecycle_event& e) { return to_json(e) + '\n'; }

std::string to_text_line(const lifecycle_event& e) {
  return show_utc(e.milliseconds) + " " + describe(e) + '\n';
}

}  // namespace shoal::cluster
