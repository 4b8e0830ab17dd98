#include "bench/results_json.h"

#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "bench/file_text.h"
#include "bench/metric.h"

namespace shoal::bench {
namespace {

using nlohmann::json;

/// A value and where it stands. What is wrong first is what is told; after that all is empty.
class place final {
 public:
  place(const json& value, std::string path, std::string& problem)
      : value_(value), path_(std::move(path)), problem_(problem) {}

  [[nodiscard]] place at(const char* name) const {
    static const json nothing;
    const std::string path = path_.empty() ? name : path_ + "." + name;
    if (value_.is_object()) {
      const auto found = value_.find(name);
      if (found != value_.end()) return {*found, path, problem_};
    }
    say(path, "is missing");
    return {nothing, path, problem_};
  }

  template <typename Take>
  void each(Take take) const {
    if (!value_.is_array()) return say(path_, "is no list");
    for (std::size_t i = 0; i < value_.size() && problem_.empty(); ++i) {
      take(place{value_[i], path_ + "[" + std::to_string(i) + "]", problem_});
    }
  }

  /// null where no number came out, as NaN is written.
  void take(double& out) const {
    if (value_.is_null()) {
      out = std::numeric_limits<double>::quiet_NaN();
    } else if (value_.is_number()) {
      out = value_.get<double>();
    } else {
      say(path_, "is no number");
    }
  }

  void take(std::uint64_t& out) const {
    if (!value_.is_number_unsigned()) return say(path_, "is no whole number");
    out = value_.get<std::uint64_t>();
  }

  void take(unsigned& out) const {
    std::uint64_t wide = 0;
    take(wide);
    if (wide > std::numeric_limits<unsigned>::max()) return say(path_, "is too large");
    out = static_cast<unsigned>(wide);
  }

  void take(bool& out) const {
    if (!value_.is_boolean()) return say(path_, "is neither true nor false");
    out = value_.get<bool>();
  }

  void take(std::string& out) const {
    if (!value_.is_string()) return say(path_, "is no text");
    out = value_.get<std::string>();
  }

  template <typename Value>
  void take(const char* name, Value& out) const {
    at(name).take(out);
  }

  /// A field that files of the same version did not have from the beginning.
  template <typename Value>
  void take_if_there(const char* name, Value& out) const {
    if (value_.is_object() && value_.contains(name)) take(name, out);
  }

  void wrong(const std::string& what) const { say(path_, what); }

 private:
  void say(const std::string& path, const std::string& what) const {
    if (problem_.empty()) problem_ = (path.empty() ? "the document" : path) + " " + what;
  }

  const json& value_;
  std::string path_;
  std::string& problem_;
};

void take_load(const place& from, load_shape& load) {
  from.take("connections", load.connections);
  from.take("pipeline", load.pipeline);
  from.take("requests_each", load.requests_each);
  from.take("body_bytes", load.body_bytes);
  from.take("work_us", load.work_us);
  from.take_if_there("work_percent", load.work_percent);
  from.take("rate", load.rate);
  from.take("share", load.share);
}

void take_latency(const place& from, latencies& l) {
  from.at("upper_ns").each([&](const place& each) {
    std::uint64_t upper_ns = 0;
    each.take(upper_ns);
    if (!l.empty() && upper_ns <= l.back().first) each.wrong("is not above the one before");
    l.emplace_back(upper_ns, 0);
  });
  std::size_t counts = 0;
  from.at("count").each([&](const place& each) {
    if (counts == l.size()) return each.wrong("has no upper_ns");
    each.take(l[counts++].second);
  });
  if (counts < l.size()) from.at("count").wrong("is shorter than upper_ns");
}

void take_measurement(const place& from, measurement& m) {
  from.take("seconds", m.seconds);
  from.take("answers", m.answers);
  from.take("errors", m.errors);
  from.take("server_seconds", m.server_seconds);
  from.take("system_calls", m.system_calls);
  from.take("turns", m.turns);
  from.take("completions", m.completions);
  from.take("switches", m.switches);
  from.take("resident_bytes", m.resident_bytes);
  from.take("machine_seconds", m.machine_seconds);
  from.take("steal_share", m.steal_share);
  from.take("generator_busy", m.generator_busy);
  from.take("send_lag_ns", m.send_lag_ns);
  from.take("generator_limited", m.generator_limited);
  from.take_if_there("behind", m.behind);
  take_latency(from.at("latency"), m.latency);
}

void take_purpose(const place& from, purpose& why) {
  std::string name;
  from.take(name);
  if (const auto known = parse_purpose(name)) {
    why = *known;
  } else {
    from.wrong("is \"" + name + "\", which this shoal does not know");
  }
}

void take_point(const place& from, point& p) {
  take_purpose(from.at("why"), p.why);
  from.take("a", p.a);
  from.take("b", p.b);
  take_load(from.at("load"), p.load);
  from.take("repeated", p.repeated);
  from.at("pairs").each([&](const place& each) {
    measured_pair pair;
    take_measurement(each.at("a"), pair.a);
    take_measurement(each.at("b"), pair.b);
    p.pairs.push_back(std::move(pair));
  });
}

/// Before anything else: of another version not even the errors would make sense.
void check_format(const place& document) {
  std::string format;
  document.take("format", format);
  if (format != "shoal bench results")
    document.at("format").wrong("is not \"shoal bench results\"");
  unsigned version = 0;
  document.take("version", version);
  if (version != results_version) {
    document.at("version").wrong("is " + std::to_string(version) + ", and this shoal reads " +
                                 std::to_string(results_version));
  }
}

void take_results(const place& document, results& all) {
  document.take("plan", all.plan);
  document.take("began", all.began);
  document.take("seconds", all.seconds);
  document.take("complete", all.complete);
  document.take("ended_by", all.ended_by);
  document.take("system_call_ns", all.system_call_ns);
  document.take("wake_ns", all.wake_ns);
  document.at("machine").each([&](const place& each) {
    fact known;
    each.take("name", known.first);
    each.take("value", known.second);
    all.machine.push_back(std::move(known));
  });
  document.at("points").each([&](const place& each) {
    point p;
    take_point(each, p);
    all.points.push_back(std::move(p));
  });
}

/// "[json.exception.parse_error.101] parse error at line 1, column 5: ..." without the bracket.
std::string without_name(std::string_view what) {
  const auto end = what.find("] ");
  return std::string(end == std::string_view::npos ? what : what.substr(end + 2));
}

}  // namespace

result<results> to_results(std::string_view text) {
  json document;
  try {
    document = json::parse(text);
  } catch (const json::exception& e) {
    return error{0, without_name(e.what())};
  }
  std::string problem;
  results all;
  const place whole(document, "", problem);
  check_format(whole);
  if (problem.empty()) take_results(whole, all);
  if (!problem.empty()) return error{0, problem};
  return all;
}

result<results> read_results(const std::string& path) {
  result<std::string> text = read_file(path);
  if (!text) return text.error();
  result<results> all = to_results(text.value());
  if (!all) return error{0, path + ": " + all.error().message};
  return all;
}

}  // namespace shoal::bench
