#include "core/plan_counts.hpp"

#include <gtest/gtest.h>

namespace dirsync {
namespace {

TEST(PlanCounts, NamesWhatThereIs) {
    PlanCounts counts;
    EXPECT_EQ(counts.sentence(), "");
    for (int i = 0; i < 3; ++i) counts.add("create", "USER", "ENABLED");
    counts.add("update", "USER", "DISABLED");
    counts.add("update", "USER", "ENABLED");
    counts.add("update", "USER", "");
    counts.add("delete", "USER", "");
    counts.add("delete", "GROUP", "");
    for (int i = 0; i < 12; ++i) counts.add("add_member", "GROUP", "");
    counts.add("remove_member", "GROUP", "");
    EXPECT_EQ(
        counts.sentence(),
        "Plan: 3 users to create, 1 to update, 1 to enable, 1 to disable, 1 to remove, 1 group to remove, "
        "12 memberships to add, 1 to remove");
}

}  // namespace
}  // namespace dirsync
