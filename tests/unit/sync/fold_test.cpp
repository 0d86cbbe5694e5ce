#include "sync/fold.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

ObjectGuid guid_of(Node node) {
    ObjectGuid guid;
    guid.bytes[0] = static_cast<std::uint8_t>(node + 1);
    return guid;
}

/// Groups 0 and 1, and user 2: the first has the second and the second has the user, as the mirror knows it.
class LookedForGroup : public ::testing::Test {
protected:
    static constexpr Node outer = 0, inner = 1, ann = 2;
    Mirror mirror;
    ScopeSettings scope;

    void SetUp() override {
        for (const Node node : {outer, inner, ann}) {
            MirrorRow row;
            row.node = node;
            row.guid = guid_of(node);
            row.kind = node == ann ? EntryKind::user : EntryKind::group;
            row.hash = 77;
            mirror.load_object(row);
        }
        mirror.load_edge({outer, inner});
        mirror.load_edge({inner, ann});
        mirror.loaded(3);
    }
    static Entry group(Node node) {
        Entry entry;
        entry.guid = guid_of(node);
        entry.kind = EntryKind::group;
        entry.dn = "CN=g,DC=corp,DC=example,DC=com";
        return entry;
    }
    /// The outer group was changed and lists nobody any more; nor does the inner one, which is looked for.
    Folded folded(LinkFate fate) {
        Fold::Context context{mirror, scope, {"corp.example.com"}, {0}};
        context.whole = false;
        Fold fold(std::move(context));
        fold.take(group(outer));
        auto absent = fold.absent();
        EXPECT_EQ(absent, std::vector{guid_of(inner)});
        fold.take(group(inner));
        fold.settle(absent, std::vector{Fate::alive});
        absent = fold.absent();
        EXPECT_EQ(absent, std::vector{guid_of(ann)}) << "nobody tells of a member who is lost";
        Entry user;
        user.guid = guid_of(ann);
        user.kind = EntryKind::user;
        user.expires = never_expires;
        fold.take(std::move(user));
        fold.settle(absent, std::vector{Fate::alive});
        EXPECT_TRUE(fold.absent().empty());
        const auto links = fold.doubtful_links();
        EXPECT_EQ(links.size(), 2U);
        fold.settle_links(links, std::vector(links.size(), fate));
        return fold.finish(Clock{}, {}, std::nullopt);
    }
};

TEST_F(LookedForGroup, LosesWhomItsListLacksByAProof) {  // semantics 5.14, 5.15
    const auto result = folded(LinkFate::absent);
    EXPECT_EQ(result.delta.edges_removed, (std::vector<Edge>{{outer, inner}, {inner, ann}}));
    EXPECT_TRUE(result.held_links.empty());
}

TEST_F(LookedForGroup, HoldsNobodyBecauseSomebodyLooked) {  // semantics 5.6, 5.15
    const auto result = folded(LinkFate::unknown);
    EXPECT_TRUE(result.delta.edges_removed.empty());
    EXPECT_EQ(result.held_links, (std::vector<Edge>{{outer, inner}})) << "that group was told";
}

/// Who could not be read and is found to have a name that a conflict made is mended in that very read, listed
/// by a group or not.
TEST(FoldOfNobody, MendsWhoCouldNotBeRead) {  // semantics 5.6, 5.17
    for (const bool is_listed : {false, true}) {
        const Mirror mirror;
        const ScopeSettings scope;
        Fold::Context context{mirror, scope, {"corp.example.com"}, {0}};
        context.whole = false;
        context.quarantined = {guid_of(1)};
        Fold fold(std::move(context));
        if (is_listed) {
            Entry group;
            group.guid = guid_of(0);
            group.kind = EntryKind::group;
            group.dn = "CN=g,DC=corp,DC=example,DC=com";
            group.members.push_back({guid_of(1), std::nullopt});
            fold.take(std::move(group));
        }
        EXPECT_FALSE(fold.has_seen(guid_of(1)));
        Entry user;
        user.guid = guid_of(1);
        user.kind = EntryKind::user;
        user.mangled = true;
        fold.take(std::move(user));
        EXPECT_TRUE(fold.has_seen(guid_of(1)));
        const auto folded = fold.finish(Clock{}, {}, std::nullopt);
        ASSERT_EQ(folded.delta.upserts.size(), is_listed ? 2U : 0U);
        if (is_listed) {
            EXPECT_EQ(folded.delta.upserts.at(1).row.kind, EntryKind::other);
        }
    }
}

}  // namespace
}  // namespace dirsync::sync
