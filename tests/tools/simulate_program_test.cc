// `shoal simulate` from outside: what it prints and how it ends.
#include <gtest/gtest.h>

#include <string>

#include "program.h"

namespace shoal::tool {
namespace {

run_outcome simulate(const std::string& arguments) { return run("simulate " + arguments); }

TEST(ShoalSimulate, NeedsNoArguments) {
  const run_outcome seen = simulate("");
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  for (const char* name : {"central queue", "round-robin", "random", "p2c", "least-loaded"}) {
    EXPECT_NE(seen.text.find(std::string("\n") + name), std::string::npos) << seen.text;
  }
}

TEST(ShoalSimulate, TakesEveryOption) {
  const run_outcome seen = simulate(
      "--workers 4 --mix b2 --rate 100 --burst 2 --connections 10 --choice turns --hot-share 0.1 "
      "--hot-factor 2 --requests-per-connection 5 --report-age 2ms --no-increment "
      "--stall 5ms --forecast average --memory 64 --moves keep --lend-after 2ms --move-cost 0 "
      "--batch 1 "
      "--requests 2000 --seed 7 --policy auto,sticky,local --json");
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  for (const char* part :
       {R"("workers":4)", R"("requests_per_second":100)", R"("mix":"b2","burst":2)",
        R"("requests":2000,"seed":7)", R"("connections":10,"choice":"turns")",
        R"("requests_per_connection":5,"hot_share":0.1,"hot_factor":2)",
        R"("report_age_ms":2,"count_given":false,"stall_ms":5,"forecast":"average","memory":64)",
        R"("moves":"keep","lend_after_ms":2,"move_cost_ms":0,"batch":1)", R"("policy":"auto")",
        R"("policy":"sticky")", R"("policy":"local")"}) {
    EXPECT_NE(seen.text.find(part), std::string::npos) << part << "\n" << seen.text;
  }
}

TEST(ShoalSimulate, RefusesWhatMakesNoSenseAndNamesIt) {
  struct mistake {
    const char* arguments;
    const char* says;
  };
  for (const mistake& m :
       {mistake{"--policy best", "must be auto, round-robin"},
        mistake{"--policy kernel", "nobody here decides for kernel"},
        mistake{"--mix 0.9:1", "is no kind of request"}, mistake{"--workers 0", "--workers"},
        mistake{"--report-age 5", "is no time"}, mistake{"--moves on", "must be off, lend or keep"},
        mistake{"--rate 5 --load 0.5", "excludes"}, mistake{"--frobnicate", "--frobnicate"}}) {
    const run_outcome seen = simulate(m.arguments);
    EXPECT_EQ(seen.exit_code, 2) << m.arguments;
    EXPECT_NE(seen.text.find(m.says), std::string::npos) << seen.text;
    EXPECT_NE(seen.text.find("try: shoal simulate --help"), std::string::npos) << seen.text;
  }
}

TEST(ShoalSimulate, ExplainsItself) {
  const run_outcome seen = simulate("--help");
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_NE(seen.text.find("--report-age"), std::string::npos);
}

}  // namespace
}  // namespace shoal::tool
