#include "cluster/listen/allot.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace shoal::cluster {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

address at(std::string_view text) { return parse_address(text).value(); }

descriptor some() { return descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

class Allot : public testing::Test {
 protected:
  /// The number of its descriptor.
  int lend(const std::string& name, std::string_view where) {
    given_.push_back({name, at(where), some()});
    return given_.back().socket.get();
  }
  int keep(std::string_view where, unsigned slot) {
    return lend(kept_name(at(where), slot), where);
  }

  result<allotment> run(const std::vector<std::string>& wishes, unsigned slots = 2,
                        accepting tcp = accepting::each) {
    return allot(wishes, std::move(given_), slots, tcp);
  }

  std::string refusal(const std::vector<std::string>& wishes) {
    const auto got = run(wishes);
    return got ? "" : got.error().message;
  }

  std::vector<given_socket> given_;
};

std::vector<int> numbers(const std::vector<descriptor>& sockets) {
  std::vector<int> out;
  for (const auto& one : sockets) out.push_back(one.get());
  return out;
}

std::vector<std::string> names(const std::vector<given_socket>& some) {
  std::vector<std::string> out;
  for (const auto& one : some) out.push_back(one.name);
  return out;
}

TEST_F(Allot, WithoutAnythingAllIsOpenedAnew) {
  const auto got = run({"127.0.0.1:80", "unix:/a"});
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got.value().addresses.size(), 2U);
  EXPECT_EQ(show(got.value().addresses[1].where), "unix:/a");
  for (const auto& one : got.value().addresses) EXPECT_THAT(one.sockets, IsEmpty());
}

TEST_F(Allot, AUnitsSocketIsForTheAddressThatItIsBoundTo) {
  const int path = lend("x", "unix:/a");
  const int port = lend("x", "[::1]:80");
  const auto got = run({"127.0.0.1:80", "[::1]:80", "unix:/a"});
  ASSERT_TRUE(got) << got.error().message;
  const auto& places = got.value().addresses;
  ASSERT_EQ(places.size(), 3U);
  EXPECT_THAT(places[0].sockets, IsEmpty()) << "the port alone is not enough";
  EXPECT_THAT(numbers(places[1].sockets), ElementsAre(port));
  EXPECT_THAT(numbers(places[2].sockets), ElementsAre(path));
  EXPECT_TRUE(places[2].lent);
}

TEST_F(Allot, ANameMayHaveSeveralAddressesAndAnAddressSeveralSockets) {
  const int a = lend("http", "127.0.0.1:80");
  const int b = lend("http", "unix:/a");
  const int c = lend("http", "127.0.0.1:80");
  const std::vector<std::string> wishes = {"fd:http"};
  EXPECT_EQ(count_addresses(wishes, given_), 3U) << "at most";
  const auto got = run(wishes);
  ASSERT_TRUE(got) << got.error().message;
  const auto& places = got.value().addresses;
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[1].wish, "fd:http");
  EXPECT_EQ(show(places[0].where), "127.0.0.1:80");
  EXPECT_THAT(numbers(places[0].sockets), ElementsAre(a, c));
  EXPECT_THAT(numbers(places[1].sockets), ElementsAre(b));
}

TEST_F(Allot, ASocketThatNobodyAsksForIsRefusedByName) {
  lend("admin", "127.0.0.1:81");
  EXPECT_THAT(refusal({"127.0.0.1:80"}),
              AllOf(HasSubstr("127.0.0.1:81"), HasSubstr("--listen fd:admin")));
}

TEST_F(Allot, ANameThatNobodyGivesIsRefusedWithThoseThatThereAre) {
  lend("http", "127.0.0.1:81");
  lend("admin", "127.0.0.1:82");
  EXPECT_THAT(refusal({"fd:web"}), AllOf(HasSubstr("fd:web"), HasSubstr("http, admin")));
  EXPECT_THAT(refusal({"fd:web"}), HasSubstr("it gives none"));
}

TEST_F(Allot, WhatIsNoListenerMayLieThereUnlessItIsAskedFor) {
  given_.push_back({"key", {}, {}});
  EXPECT_TRUE(run({"127.0.0.1:80"}));
  given_.push_back({"key", {}, {}});
  EXPECT_THAT(refusal({"fd:key"}), HasSubstr("no listening stream socket"));
}

TEST_F(Allot, WhatWasKeptComesBackSlotBySlot) {
  const int second = keep("127.0.0.1:80", 1);
  const int first = keep("127.0.0.1:80", 0);
  const auto got = run({"127.0.0.1:80"}, 4);
  ASSERT_TRUE(got) << got.error().message;
  const auto& place = got.value().addresses.front();
  EXPECT_FALSE(place.lent);
  EXPECT_THAT(numbers(place.sockets), ElementsAre(first, second));
  EXPECT_EQ(got.value().kept.size(), 2U);
  EXPECT_THAT(got.value().surplus, IsEmpty());
}

TEST_F(Allot, WhatWasKeptInVainIsTheSurplus) {
  keep("127.0.0.1:80", 0);
  keep("127.0.0.1:80", 1);  // more than there are workers
  keep("127.0.0.1:81", 0);  // not listened on any more
  lend("shoal of another version", "127.0.0.1:80");
  const auto got = run({"127.0.0.1:80"}, 1);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got.value().addresses.front().sockets.size(), 1U);
  EXPECT_THAT(
      names(got.value().surplus),
      testing::UnorderedElementsAre(kept_name(at("127.0.0.1:80"), 1),
                                    kept_name(at("127.0.0.1:81"), 0), "shoal of another version"));
}

TEST_F(Allot, BehindAHoleNothingIsTaken) {
  const int first = keep("127.0.0.1:80", 0);
  keep("127.0.0.1:80", 2);
  const auto got = run({"127.0.0.1:80"}, 4);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_THAT(numbers(got.value().addresses.front().sockets), ElementsAre(first));
  EXPECT_EQ(got.value().surplus.size(), 1U);
}

TEST_F(Allot, WhereNobodyHasASocketOfHisOwnAllThatWereKeptAreOfUse) {
  keep("127.0.0.1:80", 0);
  keep("127.0.0.1:80", 3);
  const auto got = run({"127.0.0.1:80"}, 2, accepting::handed);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got.value().addresses.front().sockets.size(), 2U);
}

TEST_F(Allot, ANameThatWasKeptTwiceIsKeptAnew) {
  keep("127.0.0.1:80", 0);
  keep("127.0.0.1:80", 0);
  const auto got = run({"127.0.0.1:80"});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got.value().addresses.front().sockets.size(), 1U);
  EXPECT_EQ(got.value().surplus.size(), 1U);
  EXPECT_THAT(got.value().kept, IsEmpty()) << "dropping the other drops both";
}

TEST_F(Allot, AUnitsSocketComesBeforeWhatWasKept) {
  keep("127.0.0.1:80", 0);
  const int unit = lend("http", "127.0.0.1:80");
  const auto got = run({"fd:http"});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_THAT(numbers(got.value().addresses.front().sockets), ElementsAre(unit));
  EXPECT_EQ(got.value().surplus.size(), 1U);
}

}  // namespace
}  // namespace shoal::cluster
