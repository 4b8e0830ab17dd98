#include "cluster/rights/run_as.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cluster/rights/rights.h"
#include "support/child_process.h"

namespace shoal::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr unsigned nobodys_number = 54'321;  // in no file

std::string refusal(const std::string& user, const std::string& group = "") {
  const auto found = find_run_as(user, group);
  return found ? "" : found.error().message;
}

TEST(RunAs, IsNobodyInParticularIfNotAskedFor) {
  const auto found = find_run_as("", "");
  ASSERT_TRUE(found);
  EXPECT_FALSE(found.value().has_value());
}

TEST(RunAs, RefusesNamesThatNobodyHas) {
  EXPECT_THAT(refusal("no-such-user"), HasSubstr("nobody is called so"));
  EXPECT_THAT(refusal("no-such-user", "nogroup"), HasSubstr("useradd --system no-such-user"));
  EXPECT_THAT(refusal("4294967295"), HasSubstr("nobody is called so")) << "the kernel's no change";
  EXPECT_THAT(refusal(std::to_string(nobodys_number)), HasSubstr("add --group"));
  EXPECT_THAT(refusal(std::to_string(nobodys_number), "no-such-group"),
              HasSubstr("group no-such-group: there is none"));
}

TEST(RunAs, RefusesRoot) {
  EXPECT_THAT(refusal("root"), HasSubstr("user root is root"));
  EXPECT_THAT(refusal("0"), HasSubstr("is root"));
}

class RunAsRoot : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become others";
    if (::getpwnam("nobody") == nullptr) GTEST_SKIP() << "there is no user nobody";
  }
};

TEST_F(RunAsRoot, TakesAUserWithAllItsGroupsOrWithOne) {
  const auto* const nobody = ::getpwnam("nobody");
  const auto all = find_run_as("nobody", "").value().value();
  EXPECT_EQ(all.user, nobody->pw_uid);
  EXPECT_EQ(all.group, nobody->pw_gid);
  EXPECT_THAT(all.groups, ::testing::Contains(nobody->pw_gid));
  const auto one = find_run_as("nobody", "12345").value().value();
  EXPECT_EQ(one.group, 12'345U);
  EXPECT_THAT(one.groups, ElementsAre(12'345U));
}

TEST_F(RunAsRoot, TakesNumbersThatNobodyHas) {
  const auto found = find_run_as(std::to_string(nobodys_number), "12345").value().value();
  EXPECT_EQ(found.user, nobodys_number);
  EXPECT_THAT(found.groups, ElementsAre(12'345U));
}

/// What a child finds: a bit for each thing that is as it should be.
int status_of(shoal::testing::child_process& child) {
  const int status = child.wait();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(RunAsRoot, RefusesAnotherUserToWhomeverIsNotRoot) {
  shoal::testing::child_process child([] {
    const auto who = find_run_as("nobody", "").value().value();
    if (!become(who)) ::_exit(90);
    const bool another = refusal("daemon").find("may not change its user") != std::string::npos;
    const bool itself = refusal("nobody").empty() && become(who).ok();
    ::_exit((another ? 1 : 0) + (itself ? 2 : 0));
  });
  EXPECT_EQ(status_of(child), 3);
}

TEST_F(RunAsRoot, LeavesNothingOfARoot) {
  shoal::testing::child_process child([] {
    const auto who = find_run_as("nobody", "").value().value();
    const bool had = has_right(right::set_user);
    gain_no_rights();
    const bool done = become(who).ok();
    const bool back = ::setuid(0) == 0 || ::setgid(0) == 0 || ::setgroups(0, nullptr) == 0;
    const bool closed =
        ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    ::_exit((had ? 1 : 0) + (done ? 2 : 0) + (back ? 4 : 0) + (closed ? 8 : 0) +
            (has_right(right::set_user) ? 16 : 0));
  });
  EXPECT_EQ(status_of(child), 1 + 2 + 8);
}

}  // namespace
}  // namespace shoal::cluster
