#include "sync/planner/unique_names.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

using ::testing::IsEmpty;

/// `number` in the first byte of the text form, in the last of the wire's first field.
ObjectGuid guid(int number) {
    return *parse<ObjectGuid>((number < 16 ? "0" : "") + std::string(1, "0123456789abcdef"[number % 16]) +
                              "000000-0000-0000-0000-000000000000");
}

NameClaim claim(Node node, NameKey present, NameKey wanted) {
    NameClaim made;
    made.node = node;
    made.guid = guid(static_cast<int>(node));
    made.present = present;
    made.wanted = wanted;
    return made;
}

NameClaim disabled(NameClaim claim) {
    claim.is_enabled = false;
    return claim;
}

const NameOwner nobody = [](NameKey) { return no_node; };

/// Nodes of those who fail, with the owner of the name.
std::map<Node, Node> failing(const std::vector<NameClaim>& claims, const NameOwner& owner = nobody) {
    std::map<Node, Node> failed;
    for (const auto& conflict : name_conflicts(claims, owner))
        failed[claims[conflict.claim].node] = conflict.owner;
    return failed;
}

using Failed = std::map<Node, Node>;

// semantics 3.5
TEST(UniqueNames, SwapsAndChainsSucceed) {
    EXPECT_THAT(failing({claim(1, 10, 20), claim(2, 20, 10)}), IsEmpty());
    EXPECT_THAT(failing({claim(3, 30, 40), claim(1, 10, 20), claim(2, 20, 30)}), IsEmpty());
}

TEST(UniqueNames, ThePresentOwnerKeepsItsName) {
    EXPECT_EQ(failing({claim(1, 0, 10), claim(2, 10, 10)}), (Failed{{1, 2}}));
    EXPECT_EQ(failing({claim(1, 0, 10)}, [](NameKey key) { return key == 10 ? Node{7} : no_node; }),
              (Failed{{1, 7}}));
}

TEST(UniqueNames, AnEnabledNewcomerGoesBeforeADisabledOne) {
    EXPECT_EQ(failing({disabled(claim(1, 0, 10)), claim(2, 0, 10)}), (Failed{{1, 2}}));
    EXPECT_EQ(failing({disabled(claim(1, 0, 10)), disabled(claim(2, 0, 10))}), (Failed{{2, 1}}));
    EXPECT_EQ(failing({claim(1, 0, 10), claim(2, 10, 10)}), (Failed{{1, 2}})) << "but not before the owner";
    EXPECT_EQ(failing({claim(1, 0, 10), disabled(claim(2, 10, 10))}), (Failed{{1, 2}}));
}

TEST(UniqueNames, ThenTheSmallestGuidAsTextDoes) {
    // As the bytes on the wire the second one is the smaller.
    auto first = claim(1, 0, 10);
    first.guid = *parse<ObjectGuid>("01000002-0000-0000-0000-000000000000");
    auto second = claim(2, 0, 10);
    second.guid = *parse<ObjectGuid>("02000001-0000-0000-0000-000000000000");
    EXPECT_EQ(failing({second, first}), (Failed{{2, 1}}));
}

TEST(UniqueNames, WhoeverFailsKeepsTheNameOnWhichOthersCounted) {
    // 2 wants what 1 has, and keeps 20, which 3 wants.
    EXPECT_EQ(failing({claim(1, 10, 10), claim(2, 20, 10), claim(3, 0, 20)}), (Failed{{2, 1}, {3, 2}}));
}

TEST(UniqueNames, WhoGivesANameUpFreesIt) {
    EXPECT_THAT(failing({claim(1, 10, 0), claim(2, 0, 10)}), IsEmpty());
}

/// Whatever the claims: the outcome holds no name twice, whoever fails is told a true owner, nobody fails
/// who could have had the name in that outcome, the order of claims means nothing, and the next judgement
/// changes nothing.
TEST(UniqueNames, HoldForRandomClaims) {
    for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
        std::mt19937 random(seed);
        const auto draw = [&random](std::uint32_t below) {
            return static_cast<std::uint32_t>(random() % below);
        };
        const Node count = 2 + draw(6);
        std::set<NameKey> taken;
        std::vector<NameClaim> claims;
        for (Node node = 1; node <= count; ++node) {
            NameKey present = draw(3) == 0 ? 0 : 1 + draw(8);
            if (!taken.insert(present).second) present = 0;
            claims.push_back(claim(node, present, draw(5) == 0 ? 0 : 1 + draw(8)));
            claims.back().is_enabled = draw(2) == 0;
        }
        std::optional<NameKey> outside;
        if (draw(3) == 0) outside = 1 + draw(8);
        if (outside && taken.contains(*outside)) outside.reset();
        const NameOwner owner = [&](NameKey key) { return outside == key ? Node{99} : no_node; };

        const auto failed = failing(claims, owner);
        auto shuffled = claims;
        std::shuffle(shuffled.begin(), shuffled.end(), random);
        ASSERT_EQ(failing(shuffled, owner), failed) << "seed " << seed;
        std::map<NameKey, Node> owners;
        if (outside) owners[*outside] = 99;
        for (auto& judged : claims) {
            if (!failed.contains(judged.node)) judged.present = judged.wanted;
            if (judged.present == 0) continue;
            ASSERT_TRUE(owners.emplace(judged.present, judged.node).second) << "seed " << seed;
        }
        for (const auto& judged : claims) {
            if (!failed.contains(judged.node)) continue;
            const auto of = owners.find(judged.wanted);
            ASSERT_NE(of, owners.end()) << "seed " << seed << ": the name is free";
            ASSERT_EQ(of->second, failed.at(judged.node)) << "seed " << seed;
        }
        ASSERT_EQ(failing(claims, owner), failed) << "seed " << seed << ": judged again";
    }
}

}  // namespace
}  // namespace dirsync::sync
