// Each case of cases/*.txt on each driver: whole, cut at every byte, in two pieces at every place,
// and on the sim driver in three at every two places where the case is small.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "conversation.h"
#include "support/sanitizers.h"
#include "wire_case.h"

namespace shoal::http::wire {
namespace {

using io::conformance::driver_under_test;
using io::conformance::drivers_under_test;

const std::vector<wire_case>& all_cases() {
  static const auto cases = read_wire_cases(SHOAL_WIRE_CASES);
  return cases;
}

/// Larger ones are cut at their ends and at some places between.
constexpr std::size_t bytes_cut_everywhere = 400;
constexpr std::size_t cuts_between = 40;
/// Up to here every pair of cuts is cheap.
constexpr std::size_t bytes_of_pairs = running_with_sanitizers ? 48 : 64;
/// Over sockets; what a sanitizer can find there it finds at every fourth place too.
constexpr std::size_t socket_step = running_with_sanitizers ? 4 : 1;

std::vector<std::size_t> places(std::size_t size) {
  std::vector<std::size_t> cuts;
  const std::size_t step = std::max<std::size_t>(1, size / cuts_between);
  for (std::size_t at = 1; at < size; ++at) {
    const bool near_an_end = at < bytes_cut_everywhere / 4 || size - at < bytes_cut_everywhere / 4;
    if (size <= bytes_cut_everywhere || near_an_end || at % step == 0) cuts.push_back(at);
  }
  return cuts;
}

struct played {
  const driver_under_test* driver;
  const wire_case* what;
};

std::vector<played> all_played() {
  std::vector<played> all;
  for (const auto& d : drivers_under_test())
    for (const auto& c : all_cases()) all.push_back({&d, &c});
  return all;
}

std::string name_of(const testing::TestParamInfo<played>& given) {
  return std::string(given.param.driver->name) + "_" + given.param.what->name;
}

void PrintTo(const played& p, std::ostream* out) {
  *out << p.what->file << ".txt, RFC " << p.what->section;
}

class Wire : public testing::TestWithParam<played> {
 protected:
  static void SetUpTestSuite() { set_log_level(log_level::off); }  // 500s are meant here

  void SetUp() override {
    auto& known = stages_[GetParam().driver];
    // A simulated world remembers all of its connections; a real ring is costly to set up.
    if (GetParam().driver->name == "sim") known.reset();
    if (known == nullptr) {
      auto opened = GetParam().driver->open({});
      if (!opened) GTEST_SKIP() << GetParam().driver->name << ": " << opened.error().message;
      known = std::make_unique<stage>(std::move(opened).value());
    }
    stage_ = known.get();
  }

  static void TearDownTestSuite() {
    stages_.clear();
    set_log_level(log_level::info);
  }

  [[nodiscard]] const wire_case& given() const { return *GetParam().what; }

  /// True if all is as the table says and as it was when the bytes came at once.
  bool plays(const std::vector<std::size_t>& cuts) {
    std::string transcript;
    const auto fault = stage_->play(given(), cuts, transcript);
    if (cuts.empty()) whole_ = transcript;
    EXPECT_EQ(fault, "") << label(cuts);
    EXPECT_EQ(transcript, whole_) << label(cuts);
    return !HasFailure();
  }

 private:
  std::string label(const std::vector<std::size_t>& cuts) const {
    std::string text = given().file + ".txt, RFC " + given().section;
    if (cuts.size() <= 2) {
      for (const std::size_t cut : cuts) text += ", cut at " + std::to_string(cut);
    } else {
      text += ", byte by byte";
    }
    return text;
  }

  static inline std::map<const driver_under_test*, std::unique_ptr<stage>> stages_;
  stage* stage_ = nullptr;
  std::string whole_;
};

TEST_P(Wire, IsAnsweredAsTheTableSaysHoweverItIsCut) {
  if (!plays({})) return;
  const auto cuts = places(given().bytes.size());
  if (!plays(cuts)) return;
  const bool simulated = GetParam().driver->name == "sim";
  const std::size_t step = simulated ? 1 : socket_step;
  for (std::size_t i = 0; i < cuts.size(); i += step)
    if (!plays({cuts[i]})) return;
  if (!simulated || given().bytes.size() > bytes_of_pairs) return;
  for (const std::size_t first : cuts)
    for (const std::size_t second : cuts)
      if (first < second && !plays({first, second})) return;
}

INSTANTIATE_TEST_SUITE_P(Cases, Wire, testing::ValuesIn(all_played()), name_of);

TEST(WireTable, IsLargeNamesItsSectionsAndHasNoNameTwice) {
  std::set<std::string> names;
  std::size_t smuggling = 0;
  for (const auto& c : all_cases()) {
    EXPECT_TRUE(names.insert(c.name).second) << c.name;
    EXPECT_TRUE(c.section.size() >= 6 && c.section.find(' ') == 4) << c.name << ": " << c.section;
    smuggling += c.file.starts_with("smuggle");
  }
  EXPECT_GE(names.size(), 250u);
  EXPECT_GE(smuggling, 120u);
}

}  // namespace
}  // namespace shoal::http::wire
