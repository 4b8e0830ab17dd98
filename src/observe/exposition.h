// Prometheus's text format 0.0.4, by appending.
//
//   exposition to(text);
//   to.family("jobs_total", metric_kind::counter, "Jobs that were done.");
//   const metric_label of[] = {{"worker", "0"}};
//   to.sample(of, 7.0);                    // jobs_total{worker="0"} 7
//
// The caller tells each family once, all its samples behind it, and names that are names.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace shoal::observe {

enum class metric_kind : std::uint8_t { counter, gauge, histogram };

struct metric_label {
  std::string_view name;
  std::string_view value;
};

/// A whole number keeps all its digits; any other is the shortest text that reads back as the same.
class metric_value final {
 public:
  metric_value(std::uint64_t whole) noexcept : whole_(whole) {}                // NOLINT: implicit
  metric_value(double number) noexcept : number_(number), is_whole_(false) {}  // NOLINT: implicit

  void append_to(std::string& out) const;

 private:
  std::uint64_t whole_ = 0;
  double number_ = 0;
  bool is_whole_ = true;
};

class exposition final {
 public:
  /// `out` must outlive it.
  explicit exposition(std::string& out) noexcept : out_(out) {}

  void family(std::string_view name, metric_kind kind, std::string_view help);

  using labels = std::span<const metric_label>;

  /// Of the family that was told last. `of` says whose it is, and `more` what else sets it apart.
  void sample(labels of, const metric_value& value) { write("", of, {}, value); }
  void sample(labels of, const metric_label& more, const metric_value& value) {
    write("", of, {&more, 1}, value);
  }

  /// `counts` of each bucket alone, one more than there are `bounds`, which are in seconds.
  void histogram(labels of, std::span<const double> bounds, std::span<const std::uint64_t> counts,
                 double sum);

 private:
  void write(std::string_view suffix, labels of, labels more, const metric_value& value);

  std::string& out_;
  std::string_view name_;
};

}  // namespace shoal::observe
