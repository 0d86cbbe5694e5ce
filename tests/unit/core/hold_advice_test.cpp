#include "core/hold_advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Beside the limit an admin reads what is wrong, what is not done, and what to type.
TEST(HoldAdvice, OfAClassWithALimitSaysWhatWouldHappen) {
    for (const char* hold_class :
         {"remove_users", "disable_users", "enable_users", "rename_users", "remove_groups",
          "remove_memberships", "remove_members_per_group", "clear_attribute"}) {
        EXPECT_EQ(limit_of_hold(hold_class, "500 or 10%"), "(limit: 500 or 10%)");
        const std::string advice = advice_on_hold(hold_class, "dirsyncctl approve h1");
        EXPECT_THAT(advice, HasSubstr("than the limit allows. The")) << hold_class;
        EXPECT_THAT(advice, EndsWith(": dirsyncctl approve h1\n"));
    }
}

TEST(HoldAdvice, OfOneWithoutALimitFollowsTheReason) {
    EXPECT_EQ(limit_of_hold("absent", "no proof that they were deleted"),
              "(no proof that they were deleted)");
    EXPECT_EQ(advice_on_hold("absent", "X"),
              "  All of it stays. Give the account the right to read it; if it is gone for sure: X\n");
    EXPECT_THAT(advice_on_hold("scope_edit", "X"), StartsWith("  Nobody leaves the scope or comes in"));
    EXPECT_THAT(advice_on_hold("reverted", "X"), StartsWith("  What was undone stays undone."));
    EXPECT_EQ(advice_on_hold("of a later version", "X"), "  To apply it: X\n");
}

}  // namespace
}  // namespace dirsync
