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
        Folding folding({.mirror = mirror,
                         .scope = scope,
                         .domain_names = {"corp.example.com"},
                         .domain_of_read = {0},
                         .whole = false});
        folding.take(group(outer));
        Settling settling(std::move(folding));
        auto absent = settling.absent();
        EXPECT_EQ(absent, std::vector{guid_of(inner)});
        settling.take(group(inner));
        settling.settle(absent, std::vector{Fate::alive});
        absent = settling.absent();
        EXPECT_EQ(absent, std::vector{guid_of(ann)}) << "nobody tells of a member who is lost";
        Entry user;
        user.guid = guid_of(ann);
        user.kind = EntryKind::user;
        user.expires = never_expires;
        settling.take(std::move(user));
        settling.settle(absent, std::vector{Fate::alive});
        EXPECT_TRUE(settling.absent().empty());
        Proving proving(std::move(settling));
        const auto links = proving.doubtful_links();
        EXPECT_EQ(links.size(), 2U);
        proving.settle_links(links, std::vector(links.size(), fate));
        return LettingIn(std::move(proving)).finish(Clock{}, {}, std::nullopt);
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
        Folding folding({.mirror = mirror,
                         .scope = scope,
                         .domain_names = {"corp.example.com"},
                         .domain_of_read = {0},
                         .whole = false,
                         .quarantined = {guid_of(1)}});
        if (is_listed) {
            Entry group;
            group.guid = guid_of(0);
            group.kind = EntryKind::group;
            group.dn = "CN=g,DC=corp,DC=example,DC=com";
            group.members.push_back({guid_of(1), std::nullopt});
            folding.take(std::move(group));
        }
        EXPECT_FALSE(folding.has_seen(guid_of(1)));
        Entry user;
        user.guid = guid_of(1);
        user.kind = EntryKind::user;
        user.mangled = true;
        folding.take(std::move(user));
        EXPECT_TRUE(folding.has_seen(guid_of(1)));
        const auto folded =
            LettingIn(Proving(Settling(std::move(folding)))).finish(Clock{}, {}, std::nullopt);
        ASSERT_EQ(folded.delta.upserts.size(), is_listed ? 2U : 0U);
        if (is_listed) {
            EXPECT_EQ(folded.delta.upserts.at(1).row.kind, EntryKind::other);
        }
    }
}

/// A group lists an object that no read ever showed, and of which a tombstone is found: as long as the list
/// has it, it stays, and nobody asks for it again.
TEST(FoldOfAPlaceholder, AsksNoMoreForOneThatIsDeletedAndListed) {  // semantics 5.6, 5.17
    constexpr Node staff = 0, unknown = 1;
    Mirror mirror;
    const ScopeSettings scope;
    for (const Node node : {staff, unknown}) {
        MirrorRow row;
        row.node = node;
        row.guid = guid_of(node);
        row.kind = node == staff ? EntryKind::group : EntryKind::unknown;
        row.missing = node == unknown;
        mirror.load_object(row);
    }
    mirror.load_edge({staff, unknown});
    mirror.loaded(2);
    const auto read_of_changes = [&] {
        return Folding({.mirror = mirror,
                        .scope = scope,
                        .domain_names = {"corp.example.com"},
                        .domain_of_read = {0},
                        .whole = false});
    };
    Folding told = read_of_changes();
    Entry group;
    group.guid = guid_of(staff);
    group.kind = EntryKind::group;
    group.dn = "CN=g,DC=corp,DC=example,DC=com";
    group.members.push_back({guid_of(unknown), std::nullopt});
    told.take(std::move(group));
    Settling settling(std::move(told));
    const auto absent = settling.absent();
    EXPECT_EQ(absent, std::vector{guid_of(unknown)});
    settling.take_deleted(guid_of(unknown), 0);
    settling.settle(absent, std::vector{Fate::deleted});
    const auto folded = LettingIn(Proving(std::move(settling))).finish(Clock{}, {}, std::nullopt);
    EXPECT_TRUE(folded.delta.removed.empty());
    EXPECT_TRUE(folded.delta.edges_removed.empty());
    mirror.apply(folded.delta);
    EXPECT_FALSE(mirror.is_missing(unknown));
    EXPECT_TRUE(Settling(read_of_changes()).absent().empty());
}

/// Nothing is known of the group itself, not even its domain: a link from it would lead from nowhere.
TEST_F(LookedForGroup, WhatJoinsAGroupThatNeverCouldBeDecodedWaits) {  // semantics 3.4, 5.5
    Folding folding({.mirror = mirror,
                     .scope = scope,
                     .domain_names = {"corp.example.com"},
                     .domain_of_read = {0},
                     .whole = false});
    QuarantinedEntry garbled;
    garbled.guid = guid_of(7);
    garbled.kind = EntryKind::group;
    folding.take(std::move(garbled));
    folding.take(MemberChanges{guid_of(7), {{guid_of(ann), std::nullopt}, {guid_of(8), Sid{}}}, {}});
    Settling settling(std::move(folding));
    const auto result = LettingIn(Proving(std::move(settling))).finish(Clock{}, {}, std::nullopt);
    EXPECT_TRUE(result.delta.edges_added.empty());
    EXPECT_TRUE(result.delta.upserts.empty());
}

}  // namespace
}  // namespace dirsync::sync
