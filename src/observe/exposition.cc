#include "observe/exposition.h"

#include <array>
#include <charconv>

#include "base/check.h"

namespace shoal::observe {
namespace {

template <typename Number>
std::string_view show(std::array<char, 32>& text, Number value) {
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string_view name_of(metric_kind kind) noexcept {
  switch (kind) {
    case metric_kind::counter:
      return "counter";
    case metric_kind::gauge:
      return "gauge";
    case metric_kind::histogram:
      return "histogram";
  }
  return "untyped";
}

/// The format is UTF-8, and shared memory may hold anything: what is not plain ASCII becomes '?'.
void append_label_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c >= 0x20 && c < 0x7f ? c : '?';
  }
}

void append_labels(std::string& out, exposition::labels all) {
  for (const auto& [name, value] : all) {
    out.append(name).append("=\"");
    append_label_value(out, value);
    out += "\",";
  }
}

}  // namespace

void metric_value::append_to(std::string& out) const {
  std::array<char, 32> text{};
  out += is_whole_ ? show(text, whole_) : show(text, number_);
}

void exposition::family(std::string_view name, metric_kind kind, std::string_view help) {
  name_ = name;
  out_.append("# HELP ").append(name).append(" ").append(help);
  out_.append("\n# TYPE ").append(name).append(" ").append(name_of(kind)).append("\n");
}

void exposition::write(std::string_view suffix, labels of, labels more, const metric_value& value) {
  out_.append(name_).append(suffix);
  if (!of.empty() || !more.empty()) {
    out_ += '{';
    append_labels(out_, of);
    append_labels(out_, more);
    out_.back() = '}';  // it was a comma
  }
  out_ += ' ';
  value.append_to(out_);
  out_ += '\n';
}

void exposition::histogram(labels of, std::span<const double> bounds,
                           std::span<const std::uint64_t> counts, double sum) {
  SHOAL_CHECK(counts.size() == bounds.size() + 1);
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    up_to += counts[i];
    std::array<char, 32> text{};
    const metric_label bound{"le", show(text, bounds[i])};
    write("_bucket", of, {&bound, 1}, up_to);
  }
  up_to += counts.back();
  const metric_label infinity{"le", "+Inf"};
  write("_bucket", of, {&infinity, 1}, up_to);
  write("_sum", of, {}, sum);
  write("_count", of, {}, up_to);
}

}  // namespace shoal::observe
