#include "http/files/conditional.h"

#include <gtest/gtest.h>

namespace shoal::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using enum verdict;

constexpr sys_seconds modified{seconds(784111777)};
constexpr sys_seconds now{seconds(1795513614)};
constexpr std::string_view same_time = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view later = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr validators both{.etag = "\"a\"", .last_modified = modified};
constexpr validators weak{.etag = "W/\"a\"", .last_modified = modified};
constexpr validators none{};

verdict get(const conditions& c, const validators& v = both) { return judge(c, v, true, now); }
verdict put(const conditions& c, const validators& v = both) { return judge(c, v, false, now); }

TEST(Conditional, WithoutAConditionItGoesOn) { EXPECT_EQ(get({}), go_on); }

TEST(Conditional, IfNoneMatchComparesWeakly) {
  EXPECT_EQ(get({.if_none_match = "\"a\""}), not_modified);
  EXPECT_EQ(get({.if_none_match = "W/\"a\""}), not_modified);
  EXPECT_EQ(get({.if_none_match = "\"a\""}, weak), not_modified);
  EXPECT_EQ(get({.if_none_match = "\"b\""}), go_on);
  EXPECT_EQ(get({.if_none_match = "*"}), not_modified);
  EXPECT_EQ(get({.if_none_match = "\"a\""}, none), go_on);
}

TEST(Conditional, IfNoneMatchFailsWhatWouldWrite) {
  EXPECT_EQ(put({.if_none_match = "*"}), precondition_failed);
  EXPECT_EQ(put({.if_none_match = "\"a\""}), precondition_failed);
  EXPECT_EQ(put({.if_none_match = "\"b\""}), go_on);
}

TEST(Conditional, IfMatchComparesStrongly) {
  EXPECT_EQ(get({.if_match = "\"a\""}), go_on);
  EXPECT_EQ(get({.if_match = "*"}), go_on);
  EXPECT_EQ(get({.if_match = "\"b\", \"a\""}), go_on);
  EXPECT_EQ(get({.if_match = "W/\"a\""}), precondition_failed);
  EXPECT_EQ(get({.if_match = "\"a\""}, weak), precondition_failed);
  EXPECT_EQ(get({.if_match = "\"b\""}), precondition_failed);
  EXPECT_EQ(put({.if_match = "\"b\""}), precondition_failed);
}

TEST(Conditional, IfModifiedSinceIsForReadingAlone) {
  EXPECT_EQ(get({.if_modified_since = same_time}), not_modified);
  EXPECT_EQ(get({.if_modified_since = later}), not_modified);
  EXPECT_EQ(get({.if_modified_since = earlier}), go_on);
  EXPECT_EQ(put({.if_modified_since = later}), go_on);
  EXPECT_EQ(get({.if_modified_since = later}, none), go_on);
}

TEST(Conditional, IfUnmodifiedSinceFailsWhatHasChanged) {
  EXPECT_EQ(get({.if_unmodified_since = same_time}), go_on);
  EXPECT_EQ(get({.if_unmodified_since = earlier}), precondition_failed);
  EXPECT_EQ(put({.if_unmodified_since = earlier}), precondition_failed);
}

TEST(Conditional, ADateThatIsNoneCountsAsAbsent) {
  EXPECT_EQ(get({.if_modified_since = "yesterday"}), go_on);
  EXPECT_EQ(get({.if_unmodified_since = "yesterday"}), go_on);
}

TEST(Conditional, TagsGoBeforeDates) {
  EXPECT_EQ(get({.if_none_match = "\"b\"", .if_modified_since = later}), go_on);
  EXPECT_EQ(get({.if_none_match = "\"a\"", .if_modified_since = earlier}), not_modified);
  EXPECT_EQ(get({.if_match = "\"a\"", .if_unmodified_since = earlier}), go_on);
  EXPECT_EQ(get({.if_match = "\"b\"", .if_none_match = "\"a\""}), precondition_failed);
  EXPECT_EQ(get({.if_match = "\"a\"", .if_none_match = "\"a\""}), not_modified);
}

bool weakly(std::string_view list, std::string_view etag = "\"a\"") {
  return lists_etag(list, etag, comparison::weak);
}

TEST(EtagList, MayHaveBlanksAndEmptyElements) {
  EXPECT_TRUE(weakly("\"b\",\"a\""));
  EXPECT_TRUE(weakly(" ,, \"b\"\t ,\t\"a\" "));
  EXPECT_TRUE(weakly("\"with,comma\", \"a\""));
  EXPECT_TRUE(weakly("\"\", W/\"\"", "\"\""));
}

TEST(EtagList, IsReadUpToWhatIsMalformed) {
  EXPECT_TRUE(weakly("\"a\", oops"));
  for (const char* list : {"", "a", "\"a", "a\"", "oops, \"a\"", "\"b\" \"a\"", "\"b\"\"a\"",
                           "w/\"a\"", "W/a", "W/", "*, \"b\"", "\"a \"", "\"b c\", \"a\""}) {
    EXPECT_FALSE(weakly(list)) << list;
  }
}

TEST(IfRange, NamesTheVeryStateThatIsServed) {
  EXPECT_TRUE(may_send_range({}, both, now));
  EXPECT_TRUE(may_send_range("\"a\"", both, now));
  EXPECT_FALSE(may_send_range("\"b\"", both, now));
  EXPECT_FALSE(may_send_range("W/\"a\"", both, now));
  EXPECT_FALSE(may_send_range("W/\"a\"", weak, now));
  EXPECT_FALSE(may_send_range("\"a\"", none, now));
  EXPECT_FALSE(may_send_range("\"a\", \"b\"", both, now)) << "one tag, not a list";
  EXPECT_TRUE(may_send_range(same_time, both, now));
  EXPECT_FALSE(may_send_range(later, both, now)) << "the exact date, not a later one";
  EXPECT_FALSE(may_send_range(earlier, both, now));
  EXPECT_FALSE(may_send_range(same_time, none, now));
  EXPECT_FALSE(may_send_range("", both, now));
}

TEST(IfRange, ADateIsTrustedOnceItsSecondIsOver) {
  EXPECT_FALSE(may_send_range(same_time, both, modified));
  EXPECT_TRUE(may_send_range(same_time, both, modified + seconds(1)));
}

}  // namespace
}  // namespace shoal::http
