#include "simulate_report.h"

#include <cstdio>

#include "base/json_writer.h"

namespace shoal::tool {
namespace {

using dispatch::latencies;
using dispatch::simulation_setup;

std::string_view label(const simulated& s) noexcept {
  return s.kind ? dispatch::name_of(*s.kind) : "central queue";
}

/// Three digits: "0.0512", "1.44", "38.7", "1074".
std::string milliseconds(double ms) {
  char text[32];
  const int decimals = ms < 0.0995 ? 4 : ms < 0.995 ? 3 : ms < 9.95 ? 2 : ms < 99.5 ? 1 : 0;
  std::snprintf(text, sizeof text, "%10.*f", decimals, ms);
  return text;
}

std::string cells(const latencies& l) {
  return milliseconds(l.p50_ms) + milliseconds(l.p99_ms) + milliseconds(l.p999_ms);
}

std::string number(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

bool has_kinds(const simulation_setup& s) noexcept { return s.mix.kinds().size() > 1; }

std::string title(const simulation_report& r) {
  const simulation_setup& s = r.setup;
  std::string text = std::to_string(s.workers) + " workers, " +
                     number(s.requests_per_ms * 1000, "%.0f") + " requests/s of " + r.mix + " (" +
                     number(load_of(s) * 100, "%.0f") + " % load), ";
  if (s.connections == 0) {
    text += "one for each connection";
  } else {
    text += std::to_string(s.connections) + " connections (" + std::string(name_of(s.client)) + ")";
    if (s.requests_per_connection != 0) {
      text += " of " + std::to_string(s.requests_per_connection) + " requests";
    }
  }
  if (s.burst > 1) text += ", " + std::to_string(s.burst) + " at a time";
  if (s.report_age_ms > 0) text += ", reports every " + number(s.report_age_ms, "%g") + " ms";
  if (s.moves != dispatch::takeover::off) {
    text += ", idle workers take over after " + number(s.lend_after_ms, "%g") + " ms (" +
            std::string(name_of(s.moves)) + ")";
  }
  return text + "\nlatency in ms, of " + std::to_string(s.requests) + " requests, seed " +
         std::to_string(s.seed) + "\n\n";
}

std::string heading(const simulation_report& r) {
  std::string groups(20, ' ');
  std::string names = "policy              ";
  const auto add = [&](const char* group) {
    groups += std::string(25, ' ') + group;
    names += "       p50       p99     p99.9";
  };
  add("  all");
  if (has_kinds(r.setup)) add("light");
  names += "  spread";
  if (r.setup.moves != dispatch::takeover::off) names += "   taken over";
  return groups + "\n" + names + "\n";
}

std::string line(const simulation_report& r, const simulated& s) {
  std::string text(label(s));
  text.resize(20, ' ');
  text += cells(s.result.all);
  if (has_kinds(r.setup)) text += cells(s.result.light);
  text += number(s.result.spread, "%8.2f");
  if (r.setup.moves != dispatch::takeover::off) {
    text += number(s.result.taken_over * 100, "%11.2f") + " %";
  }
  return text + "\n";
}

std::string remarks(const simulation_report& r) {
  if (load_of(r.setup) < 1) return "";
  return "\nMore comes in than the workers can do: these latencies grow with --requests.\n";
}

void write_latencies(json_writer& json, std::string_view name, const latencies& l) {
  json.key(name);
  json.begin_object();
  json.member("count", l.count);
  json.member("p50_ms", l.p50_ms);
  json.member("p99_ms", l.p99_ms);
  json.member("p999_ms", l.p999_ms);
  json.end_object();
}

void write_setup(json_writer& json, const simulation_report& r) {
  const simulation_setup& s = r.setup;
  json.key("setup");
  json.begin_object();
  json.member("workers", s.workers);
  json.member("requests_per_second", s.requests_per_ms * 1000);
  json.member("load", load_of(s));
  json.member("mix", r.mix);
  json.member("burst", s.burst);
  json.member("requests", s.requests);
  json.member("seed", s.seed);
  json.member("connections", s.connections);
  json.member("choice", name_of(s.client));
  json.member("requests_per_connection", s.requests_per_connection);
  json.member("hot_share", s.hot_share);
  json.member("hot_factor", s.hot_factor);
  json.member("report_age_ms", s.report_age_ms);
  json.member("count_given", s.count_given);
  json.member("stall_ms", s.stall_ms);
  json.member("forecast", name_of(s.what_is_said));
  json.member("memory", s.memory);
  json.member("moves", name_of(s.moves));
  json.member("lend_after_ms", s.lend_after_ms);
  json.member("move_cost_ms", s.move_cost_ms);
  json.member("batch", s.batch);
  json.end_object();
}

}  // namespace

double load_of(const simulation_setup& s) noexcept {
  return s.requests_per_ms * s.mix.mean_ms() / s.workers;
}

std::string_view name_of(dispatch::choice client) noexcept {
  switch (client) {
    case dispatch::choice::own:
      return "own";
    case dispatch::choice::idle:
      return "idle";
    case dispatch::choice::turns:
      return "turns";
  }
  return "unknown";
}

std::string_view name_of(dispatch::takeover moves) noexcept {
  switch (moves) {
    case dispatch::takeover::off:
      return "off";
    case dispatch::takeover::lend:
      return "lend";
    case dispatch::takeover::keep:
      return "keep";
  }
  return "unknown";
}

std::string_view name_of(dispatch::forecast said) noexcept {
  switch (said) {
    case dispatch::forecast::count:
      return "count";
    case dispatch::forecast::average:
      return "average";
    case dispatch::forecast::oracle:
      return "oracle";
  }
  return "unknown";
}

std::string to_table(const simulation_report& report) {
  std::string text = title(report) + heading(report);
  for (const simulated& s : report.figures) text += line(report, s);
  return text + remarks(report);
}

std::string to_json(const simulation_report& report) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  write_setup(json, report);
  json.key("figures");
  json.begin_array();
  for (const simulated& s : report.figures) {
    json.begin_object();
    json.member("policy", s.kind ? dispatch::name_of(*s.kind) : "central-queue");
    write_latencies(json, "all", s.result.all);
    write_latencies(json, "light", s.result.light);
    json.member("spread", s.result.spread);
    json.member("taken_over", s.result.taken_over);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace shoal::tool
