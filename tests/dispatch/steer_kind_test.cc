#include "dispatch/steer_kind.h"

#include <gtest/gtest.h>

namespace shoal::dispatch {
namespace {

TEST(SteerKind, EachNameIsReadBack) {
  for (const auto kind : all_steer_kinds) EXPECT_EQ(parse_steer_kind(name_of(kind)), kind);
  EXPECT_FALSE(parse_steer_kind("auto"));
}

TEST(SteerKind, EveryPolicyIsDoneBySomebodyAndAutomaticByAll) {
  for (const auto policy : all_policies) {
    bool done = false;
    for (const auto kind : all_steer_kinds) done = done || suits(kind, policy);
    EXPECT_TRUE(done) << name_of(policy);
  }
  for (const auto kind : all_steer_kinds) {
    EXPECT_TRUE(suits(kind, policy_for(kind, policy_kind::automatic))) << name_of(kind);
  }
}

TEST(SteerKind, WhatMakesNoSenseIsRefusedWithTheCure) {
  const auto sense = check({.kind = steer_kind::ebpf, .policy = policy_kind::round_robin});
  ASSERT_FALSE(sense.ok());
  EXPECT_EQ(sense.error().message,
            "dispatch ebpf cannot do policy round-robin, but auto, random, least-loaded, sticky; "
            "policy round-robin is done by dispatch handoff, which auto finds");
  EXPECT_TRUE(check({.kind = {}, .policy = policy_kind::round_robin}).ok());
  EXPECT_TRUE(check({.kind = steer_kind::reuseport, .policy = policy_kind::kernel}).ok());
}

}  // namespace
}  // namespace shoal::dispatch
