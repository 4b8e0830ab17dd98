// Writes a report of invented results, to look at when its style has changed:
//
//   ninja -C build/dev tests/tools/bench/sample_report && build/dev/tests/tools/bench/sample_report
//   DIRECTORY
#include <cstdio>
#include <string>

#include "bench/report.h"
#include "bench/results_json.h"
#include "synthetic_results.h"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: sample_report DIRECTORY\n");
    return 2;
  }
  const std::string directory = arguments[1];
  const auto all = shoal::bench::draw_results(1);
  for (const auto& done : {write_results(all, directory + "/results.json"),
                           write_report(all, directory + "/report.html")}) {
    if (done) continue;
    std::fprintf(stderr, "sample_report: %s\n", done.error().message.c_str());
    return 1;
  }
}
