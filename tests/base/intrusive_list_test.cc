#include "base/intrusive_list.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace shoal {
namespace {

struct item : list_node {
  explicit item(int n = 0) : number(n) {}
  int number;
};

std::vector<int> drain(intrusive_list<item>& list) {
  std::vector<int> numbers;
  while (item* i = list.pop_front()) numbers.push_back(i->number);
  return numbers;
}

TEST(IntrusiveList, IsFirstInFirstOut) {
  item a(1), b(2), c(3);
  intrusive_list<item> list;
  EXPECT_TRUE(list.empty());
  for (item* i : {&a, &b, &c}) list.push_back(*i);
  EXPECT_EQ(&list.front(), &a);
  EXPECT_EQ(drain(list), (std::vector{1, 2, 3}));
  EXPECT_TRUE(list.empty());
  EXPECT_FALSE(a.linked());
}

TEST(IntrusiveList, LetsAnElementLeaveFromTheMiddle) {
  item a(1), b(2), c(3);
  intrusive_list<item> list;
  for (item* i : {&a, &b, &c}) list.push_back(*i);
  b.unlink();
  b.unlink();
  EXPECT_EQ(drain(list), (std::vector{1, 3}));
}

TEST(IntrusiveList, SplicesAnotherBehindItself) {
  item a(1), b(2), c(3), d(4);
  intrusive_list<item> list;
  intrusive_list<item> other;
  list.push_back(a);
  other.push_back(b);
  other.push_back(c);
  list.splice_back(other);
  EXPECT_TRUE(other.empty());
  list.splice_back(other);
  list.push_back(d);
  EXPECT_EQ(drain(list), (std::vector{1, 2, 3, 4}));
}

TEST(IntrusiveList, SplicesIntoAnEmptyOne) {
  item a(1);
  intrusive_list<item> list;
  intrusive_list<item> other;
  other.push_back(a);
  list.splice_back(other);
  EXPECT_EQ(drain(list), std::vector{1});
}

TEST(IntrusiveList, UnlinksItsElementsAtItsEnd) {
  item a(1);
  {
    intrusive_list<item> list;
    list.push_back(a);
    EXPECT_TRUE(a.linked());
  }
  EXPECT_FALSE(a.linked());
}

}  // namespace
}  // namespace shoal
