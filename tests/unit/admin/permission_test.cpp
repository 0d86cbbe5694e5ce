#include "admin/permission.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::admin {
namespace {

using sync::Actor;
using sync::SourceKind;
using ::testing::HasSubstr;

std::string refusal(SourceKind recorded, SourceKind configured, const Actor& actor, bool of_the_directory,
                    bool pending = false) {
    sync::SourceRecord source;
    source.kind = recorded;
    source.change_pending = pending;
    const auto error = why_refused({source, configured, actor, of_the_directory});
    return error ? error->message() : "";
}

constexpr std::array kinds{SourceKind::directory, SourceKind::active_directory, SourceKind::external_idp};
const Actor alice = sync::host_user("alice");
const Actor console{Actor::Kind::console_user, "alice"};
const Actor okta{Actor::Kind::scim_token, "okta"};

// semantics 1.1: each source has one kind of owner.
TEST(Permission, RowsBelongToTheirSource) {
    for (const SourceKind recorded : kinds) {
        for (const SourceKind configured : kinds) {
            const bool is_admins = recorded == SourceKind::directory && configured == SourceKind::directory;
            const bool is_provider =
                recorded == SourceKind::external_idp && configured == SourceKind::external_idp;
            EXPECT_EQ(refusal(recorded, configured, alice, true).empty(), is_admins);
            EXPECT_EQ(refusal(recorded, configured, console, true).empty(), is_admins);
            EXPECT_EQ(refusal(recorded, configured, okta, true).empty(), is_provider);
        }
    }
    EXPECT_THAT(refusal(SourceKind::active_directory, SourceKind::directory, alice, true),
                HasSubstr("come from active_directory: change them there"));
    EXPECT_THAT(refusal(SourceKind::directory, SourceKind::active_directory, alice, true),
                HasSubstr("the configuration names active_directory"));
}

// semantics 4.1: assignments are made under each source.
TEST(Permission, AssignmentsAreOfAdminsUnderEachSource) {
    for (const SourceKind kind : kinds) {
        EXPECT_EQ(refusal(kind, kind, alice, false), "");
        EXPECT_NE(refusal(kind, kind, okta, false), "");
    }
}

// semantics 1.4: a store whose source is about to change is frozen.
TEST(Permission, NothingIsEditedWhileAChangeWaits) {
    EXPECT_THAT(refusal(SourceKind::directory, SourceKind::directory, alice, true, true),
                HasSubstr("frozen"));
    EXPECT_THAT(refusal(SourceKind::directory, SourceKind::directory, alice, false, true),
                HasSubstr("frozen"));
}

TEST(Actor, IsNamedAsRunsNameIt) {  // semantics 5.12
    EXPECT_EQ(text_of(Actor()), "dirsyncd");
    EXPECT_EQ(text_of(alice), "alice");
    EXPECT_EQ(text_of(okta), "scim:okta");
    EXPECT_EQ(text_of(console), "console:alice");
}

}  // namespace
}  // namespace dirsync::admin
