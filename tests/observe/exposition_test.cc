#include "observe/exposition.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/prometheus_text.h"

namespace shoal::observe {
namespace {

using testing::prometheus_text;

TEST(Exposition, IsTheFormatToTheByte) {
  std::string text;
  exposition to(text);
  to.family("jobs_total", metric_kind::counter, "Jobs that were done.");
  const metric_label of[] = {{"worker", "0"}};
  to.sample(of, std::numeric_limits<std::uint64_t>::max());
  to.sample(of, {"code", "2xx"}, 0.25);
  to.family("up", metric_kind::gauge, "Whether it is.");
  to.sample({}, std::uint64_t{1});
  EXPECT_EQ(text,
            "# HELP jobs_total Jobs that were done.\n"
            "# TYPE jobs_total counter\n"
            "jobs_total{worker=\"0\"} 18446744073709551615\n"
            "jobs_total{worker=\"0\",code=\"2xx\"} 0.25\n"
            "# HELP up Whether it is.\n"
            "# TYPE up gauge\n"
            "up 1\n");
  EXPECT_EQ(prometheus_text(text).problem, "");
}

TEST(Exposition, AddsTheBucketsOfAHistogramUp) {
  std::string text;
  exposition to(text);
  to.family("took_seconds", metric_kind::histogram, "Time.");
  const double bounds[] = {0.000025, 1};
  const std::uint64_t counts[] = {2, 0, 3};
  to.histogram({}, bounds, counts, 4.5);
  EXPECT_EQ(text,
            "# HELP took_seconds Time.\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{le=\"2.5e-05\"} 2\n"
            "took_seconds_bucket{le=\"1\"} 2\n"
            "took_seconds_bucket{le=\"+Inf\"} 5\n"
            "took_seconds_sum 4.5\n"
            "took_seconds_count 5\n");
  EXPECT_EQ(prometheus_text(text).problem, "");
}

TEST(Exposition, WhateverALabelSaysTheTextStaysWhole) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  std::string text;
  exposition to(text);
  to.family("a", metric_kind::gauge, "A.");
  const metric_label of[] = {{"b", every}};
  to.sample(of, std::uint64_t{7});
  const prometheus_text read(text);
  EXPECT_EQ(read.problem, "");
  ASSERT_EQ(read.samples.size(), 1U);
  for (int c = 0x20; c < 0x7f; ++c) {
    EXPECT_EQ(read.samples[0].labels.at("b")[static_cast<std::size_t>(c)], static_cast<char>(c));
  }
}

/// The reader that the other tests believe.
TEST(PrometheusText, RefusesWhatIsNone) {
  const std::string head = "# HELP a A.\n# TYPE a gauge\n";
  EXPECT_EQ(prometheus_text(head + "a 1\n").problem, "");
  for (const std::string wrong :
       {"a 1", "a\n", "a 1 \n", "a 1x\n", "a NaN\n", "a{} 1\n", "a{b=\"c} 1\n", "a{b=\"\\x\"} 1\n",
        "a{b=\"1\",b=\"2\"} 1\n", "a{b=\"1\",} 1\n", "b 1\n", "a 1\na 2\n", "a 1\n\n",
        "a 1\n# HELP a A.\n# TYPE a gauge\n", "a 1\n# HELP b_total B.\n# TYPE b_total gauge\n",
        "a 1\n# HELP b B.\n# TYPE b counter\n", "a 1\n# HELP b B.\nb 1\n"}) {
    EXPECT_NE(prometheus_text(head + wrong).problem, "") << wrong;
  }
  EXPECT_NE(prometheus_text("").problem, "");
  const std::string histogram = "# HELP h H.\n# TYPE h histogram\n";
  const std::string rest = "h_sum 1\nh_count 2\n";
  EXPECT_EQ(prometheus_text(histogram + "h_bucket{le=\"+Inf\"} 2\n" + rest).problem, "");
  for (const std::string wrong :
       {"", "h_bucket{le=\"1\"} 2\n", "h_bucket{le=\"+Inf\"} 1\n", "h_bucket 2\n",
        "h_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 2\n",
        "h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n"}) {
    EXPECT_NE(prometheus_text(histogram + wrong + rest).problem, "") << wrong;
  }
}

}  // namespace
}  // namespace shoal::observe
