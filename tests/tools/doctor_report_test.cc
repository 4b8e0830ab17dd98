#include "doctor_report.h"

#include <gtest/gtest.h>

namespace shoal::tool {
namespace {

const findings three = {{"clock", verdict::ok, "time comes from tsc", ""},
                        {"dispatch", verdict::advice, "not ebpf", "setcap"},
                        {"backlog", verdict::problem, "cut to \x1b[2J", "sysctl -w a=1"}};

TEST(DoctorReport, SaysWhatToChangeBelowEachFinding) {
  EXPECT_EQ(to_text(three),
            "ok       clock: time comes from tsc\n"
            "advice   dispatch: not ebpf\n"
            "         change: setcap\n"
            "problem  backlog: cut to ?[2J\n"
            "         change: sysctl -w a=1\n"
            "1 problems, 1 pieces of advice, 1 ok\n");
}

TEST(DoctorReport, IsJsonForPrograms) {
  EXPECT_EQ(to_json({three[1]}),
            R"({"problems":0,"advice":1,"findings":[{"check":"dispatch","verdict":"advice",)"
            R"("says":"not ebpf","change":"setcap"}]})");
}

TEST(DoctorReport, KnowsAProblem) {
  EXPECT_TRUE(has_problem(three));
  EXPECT_FALSE(has_problem({three[0], three[1]}));
}

}  // namespace
}  // namespace shoal::tool
