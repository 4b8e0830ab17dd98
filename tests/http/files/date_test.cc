#include "http/date.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/random.h"
#include "http/files/parse_date.h"

namespace shoal::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds at(std::int64_t s) { return sys_seconds(seconds(s)); }
constexpr sys_seconds now = at(1795513614);  // 24 November 2026
constexpr sys_seconds example = at(784111777);

std::string written(sys_seconds when) {
  std::string text(date_size, '?');
  write_date(when, text.data());
  return text;
}

TEST(Date, IsWrittenInTheFixedForm) {
  EXPECT_EQ(written(example), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(written(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(written(at(951782400)), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(written(at(-1)), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(Date, OutsideTheYearsOfFourDigitsTheNearestIsWritten) {
  EXPECT_EQ(written(at(253402300800)), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(written(sys_seconds::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(written(sys_seconds::min()), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(Date, ALineIsMadeAnewWhenTheSecondIsOver) {
  static std::chrono::system_clock::time_point wall;
  wall = std::chrono::system_clock::time_point(seconds(784111777)) + std::chrono::milliseconds(400);
  date_line line([] { return wall; });
  const monotonic_time start{seconds(50)};
  EXPECT_EQ(line.at(start), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  wall += seconds(1);
  EXPECT_EQ(line.at(start + std::chrono::milliseconds(599)),
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(line.at(start + std::chrono::milliseconds(600)),
            "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
}

TEST(ParseDate, UnderstandsTheThreeForms) {
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT", now), example);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT", now), example);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994", now), example);
  EXPECT_EQ(parse_date("Wed Nov 16 08:49:37 1994", now), at(784975777));
}

TEST(ParseDate, ATwoDigitYearIsAtMostFiftyYearsAhead) {
  EXPECT_EQ(parse_date("Wednesday, 01-Jan-76 00:00:00 GMT", now), at(3345062400));  // 2076
  EXPECT_EQ(parse_date("Saturday, 01-Jan-77 00:00:00 GMT", now), at(220924800));    // 1977
}

TEST(ParseDate, ALeapSecondIsTheOneBeforeIt) {
  EXPECT_EQ(parse_date("Sat, 31 Dec 2016 23:59:60 GMT", now),
            parse_date("Sat, 31 Dec 2016 23:59:59 GMT", now));
}

TEST(ParseDate, ReadsBackWhateverIsWritten) {
  const char* const given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  for (int i = 0; i < 1000; ++i) {
    const auto when = at(static_cast<std::int64_t>(random.below(253402300800)));
    EXPECT_EQ(parse_date(written(when), now), when) << written(when);
  }
}

TEST(ParseDate, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "now",
                           "0",
                           "Sun",
                           "Sun, ",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT",
                           "sun, 06 Nov 1994 08:49:37 GMT",
                           "Mon, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:00 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 06 Nov 94 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Fri, 31 Nov 1994 08:49:37 GMT",
                           "Wed, 29 Feb 2023 00:00:00 GMT",
                           " Sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sun, 06 Nov 1994  8:49:37 GMT",
                           "Sun, 06 Nov -994 08:49:37 GMT",
                           "Sun, 06-Nov-94 08:49:37 GMT",
                           "Sunday, 06-Nov-1994 08:49:37 GMT",
                           "Sun Nov 6 08:49:37 1994",
                           "Sun Nov  6 08:49:37 94",
                           "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_date(text, now)) << text;
  }
}

}  // namespace
}  // namespace shoal::http
