#include "support/prometheus_text.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <set>
#include <stdexcept>

namespace shoal::testing {
namespace {

struct broken : std::runtime_error {
  using runtime_error::runtime_error;
};

void require(bool holds, const std::string& what) {
  if (!holds) throw broken(what);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string take_name(std::string_view& line, bool colons) {
  std::size_t end = 0;
  while (end < line.size() && (is_letter(line[end]) || (end > 0 && is_digit(line[end])) ||
                               (colons && line[end] == ':'))) {
    ++end;
  }
  require(end > 0, "a name is missing");
  const std::string name(line.substr(0, end));
  line.remove_prefix(end);
  return name;
}

void take(std::string_view& line, std::string_view what) {
  require(line.starts_with(what), "'" + std::string(what) + "' is missing");
  line.remove_prefix(what.size());
}

std::string take_quoted(std::string_view& line) {
  take(line, "\"");
  std::string value;
  while (true) {
    require(!line.empty(), "a label's value does not end");
    const char c = line.front();
    line.remove_prefix(1);
    if (c == '"') return value;
    if (c != '\\') {
      value += c;
      continue;
    }
    require(!line.empty() && std::string_view("\\\"n").find(line.front()) != std::string_view::npos,
            "an unknown escape");
    value += line.front() == 'n' ? '\n' : line.front();
    line.remove_prefix(1);
  }
}

std::map<std::string, std::string> take_labels(std::string_view& line) {
  std::map<std::string, std::string> labels;
  if (!line.starts_with("{")) return labels;
  do {
    line.remove_prefix(1);  // the bracket or a comma
    const auto name = take_name(line, false);
    require(!name.starts_with("__"), "a label that is Prometheus's own");
    take(line, "=");
    require(labels.emplace(name, take_quoted(line)).second, "a label twice");
  } while (line.starts_with(","));
  take(line, "}");
  return labels;
}

double take_value(std::string_view line) {
  if (line == "+Inf") return HUGE_VAL;
  require(!line.empty() && (is_digit(line[0]) || line[0] == '-'), "no number");
  const std::string text(line);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  require(*end == '\0', "something behind the number");
  return value;
}

std::string series(const std::string& name, const std::map<std::string, std::string>& labels) {
  std::string text = name + "{";
  for (const auto& [label, value] : labels)
    text.append(label).append("=").append(value).append(",");
  return text + "}";
}

/// Reads line by line and remembers what the lines before have begun.
class reader {
 public:
  explicit reader(prometheus_text& into) : into_(into) {}

  void line(std::string_view text) {
    for (const char c : text) require(c >= 0x20 && c < 0x7f, "not plain ASCII");
    if (text.starts_with("# HELP ")) return help(text.substr(7));
    if (text.starts_with("# TYPE ")) return type(text.substr(7));
    sample(text);
  }

  void end() {
    end_family();
    require(!into_.samples.empty(), "no samples");
  }

 private:
  void help(std::string_view rest) {
    end_family();
    family_ = take_name(rest, true);
    require(rest.size() > 1 && rest[0] == ' ', "a help without text");
    require(into_.types.find(family_) == into_.types.end(), "a family twice");
  }

  void type(std::string_view rest) {
    require(take_name(rest, true) == family_, "a type of another family than its help");
    const std::string kind(rest.empty() ? rest : rest.substr(1));
    require(kind == "counter" || kind == "gauge" || kind == "histogram", "an unknown type");
    require((kind == "counter") == family_.ends_with("_total"), "_total is for counters alone");
    into_.types[family_] = kind;
  }

  void sample(std::string_view text) {
    const auto kind = into_.types.find(family_);
    require(kind != into_.types.end(), "a sample before its type");
    prometheus_sample s{.name = take_name(text, true), .labels = take_labels(text)};
    take(text, " ");
    s.value = take_value(text);
    require(std::isfinite(s.value), "a value that is no finite number");
    require(kind->second == "gauge" || s.value >= 0, "less than nothing was counted");
    require(seen_.insert(series(s.name, s.labels)).second, "a series twice");
    if (kind->second == "histogram") {
      part_of_histogram(s);
    } else {
      require(s.name == family_, "a sample of another family");
    }
    into_.samples.push_back(std::move(s));
  }

  struct histogram {
    double bound = -1;
    double up_to = 0;
    double infinite = -1;
    double count = -2;
    bool sum = false;
  };

  void part_of_histogram(const prometheus_sample& s) {
    auto of = s.labels;
    of.erase("le");
    histogram& h = histograms_[series("", of)];
    if (s.name == family_ + "_sum") {
      h.sum = true;
    } else if (s.name == family_ + "_count") {
      h.count = s.value;
    } else {
      require(s.name == family_ + "_bucket", "no part of a histogram");
      const auto le = s.labels.find("le");
      require(le != s.labels.end(), "a bucket without its bound");
      const double bound = take_value(le->second);
      require(bound > h.bound && s.value >= h.up_to, "buckets out of order");
      h.bound = bound;
      h.up_to = s.value;
      if (std::isinf(bound)) h.infinite = s.value;
    }
  }

  void end_family() {
    for (const auto& [of, h] : histograms_) {
      require(h.sum && h.infinite == h.count, "an incomplete histogram: " + of);
    }
    histograms_.clear();
  }

  prometheus_text& into_;
  std::string family_;
  std::set<std::string> seen_;
  std::map<std::string, histogram> histograms_;
};

}  // namespace

prometheus_text::prometheus_text(std::string_view text) {
  reader lines(*this);
  try {
    for (int number = 1; !text.empty(); ++number) {
      const auto end = text.find('\n');
      const auto line = text.substr(0, end);
      try {
        require(end != std::string_view::npos, "the last line does not end");
        lines.line(line);
      } catch (const broken& why) {
        throw broken("line " + std::to_string(number) + ": " + why.what() + ": " +
                     std::string(line));
      }
      text.remove_prefix(end + 1);
    }
    lines.end();
  } catch (const broken& why) {
    problem = why.what();
  }
}

double prometheus_text::sum(const std::string& name,
                            const std::map<std::string, std::string>& labels) const {
  double total = 0;
  bool found = false;
  for (const auto& s : samples) {
    bool same = s.name == name;
    for (const auto& [label, value] : labels) {
      const auto at = s.labels.find(label);
      same = same && at != s.labels.end() && at->second == value;
    }
    if (!same) continue;
    found = true;
    total += s.value;
  }
  return found ? total : -1;
}

std::map<std::string, double> prometheus_text::by_series() const {
  std::map<std::string, double> all;
  for (const auto& s : samples) all[series(s.name, s.labels)] = s.value;
  return all;
}

}  // namespace shoal::testing
