// A strict reader of Prometheus's text format 0.0.4. What a lenient scraper would take is refused
// here if the format, or the conventions for names, do not have it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::testing {

struct prometheus_sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

struct prometheus_text {
  /// Empty `problem` afterwards: it is well-formed.
  explicit prometheus_text(std::string_view text);

  /// The sum over all samples of that name with these labels, among others; -1 if there is none.
  [[nodiscard]] double sum(const std::string& name,
                           const std::map<std::string, std::string>& labels = {}) const;

  /// Each by its name and labels, as "name{a=b,c=d}".
  [[nodiscard]] std::map<std::string, double> by_series() const;

  std::string problem;  ///< what is wrong, with its line
  std::map<std::string, std::string> types;
  std::vector<prometheus_sample> samples;
};

}  // namespace shoal::testing
