#include <thread>

#include <gmock/gmock.h>

#include "changes_fixture.hpp"
#include "proxy.hpp"

namespace dirsync::lab {
namespace {

using namespace std::chrono_literals;
using config::ChangeDetection;
using sync::EntryKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Method {
    const char* name;
    ChangeDetection wanted;
    bool may_replicate;
    const char* detection;
    const char* reason;
};

/// The same changes by each way to follow them.
class EachMethod : public ChangesTest, public ::testing::WithParamInterface<Method> {
protected:
    void begin() {
        start(GetParam().may_replicate ? lab().simple() : plain(), GetParam().wanted);
        ASSERT_EQ(cursor_.size(), 1U);
        EXPECT_EQ(cursor_[0].detection, GetParam().detection);
        EXPECT_THAT(cursor_[0].detection_reason, HasSubstr(GetParam().reason));
        EXPECT_EQ(directory_->servers().at(0).detection, GetParam().detection);
        ASSERT_EQ(cursor_[0].watermarks.size(), 1U);
        EXPECT_EQ(cursor_[0].watermarks[0], cursor_[0].at);
    }
    void followed() {
        const auto summary = follow();
        ASSERT_TRUE(summary) << summary.error().message();
    }
    /// The plain account may not see deleted objects.
    bool sees_deletions() const { return GetParam().may_replicate; }
};

// semantics 6.1
TEST_P(EachMethod, UsersComeChangeMoveAndGo) {
    create_user("a", {"mail=a@example.com"});
    create_user("b");
    create_user("c");
    mutate({"create-ou", tag_ + "sub", "parent=" + unit_});
    begin();
    create_user("d", {"mail=d@example.com", "displayName=Dora"});
    mutate({"set", user("a"), "mail=new@example.com"});
    mutate({"unset", user("a"), "displayName"});
    mutate({"disable", user("b")});
    mutate({"rename-move", user("c"), "Somebody, Else", "OU=" + tag_ + "sub," + unit_});
    followed();
    EXPECT_EQ(changes_.count(EntryKind::group), 0U);
    EXPECT_THAT(changes_.unseen, IsEmpty());
    ASSERT_NE(picture_.find("CN=" + user("d")), nullptr);
    EXPECT_TRUE(picture_.find("CN=" + user("b"))->disabled);
    expect_whole_picture();

    const auto gone = guid_of("CN=" + user("d"));
    mutate({"delete", user("d")});
    followed();
    if (!sees_deletions()) return;
    EXPECT_THAT(changes_.deleted, ElementsAre(gone));
    expect_whole_picture();
    mutate({"undelete", user("d")});
    followed();
    EXPECT_EQ(guid_of("CN=" + user("d")), gone);
    expect_whole_picture();
}

TEST_P(EachMethod, GroupsChangeAndGo) {
    for (const auto* letter : {"a", "b", "c"}) create_user(letter);
    create_group("g", {"a", "b"});
    create_group("h", {"g"});
    begin();
    create_group("n", {"a", "c"});
    mutate({"add-member", user("g"), user("c")});
    mutate({"remove-member", user("g"), user("a")});
    mutate({"set", user("h"), "description=changed"});
    followed();
    expect_whole_picture();
    mutate({"set-members", user("g"), user("a")});
    mutate({"rename", user("h"), tag_ + "renamed"});
    mutate({"remove-member", user("n"), user("a"), user("c")});
    followed();
    expect_whole_picture();
    mutate({"delete", user("g")});
    followed();
    if (!sees_deletions()) return;
    expect_whole_picture();
}

/// Neither the group nor its USN says so.
TEST_P(EachMethod, DeletedMembersLeaveTheirGroups) {
    create_user("a");
    create_user("b");
    create_group("g", {"a", "b"});
    begin();
    mutate({"delete", user("a")});
    followed();
    if (!sees_deletions()) return;
    EXPECT_THAT(changes_.member_changes, IsEmpty());
    expect_whole_picture();
}

/// Nor when they are back before anybody looked. semantics 4.3
TEST_P(EachMethod, WhoIsDeletedAndBackBetweenTwoReadsHasLostItsLinks) {
    for (const auto* letter : {"a", "b"}) create_user(letter);
    create_group("g", {"a", "b"});
    create_group("h", {"b"});
    create_group("n", {"h"});
    begin();
    for (const auto* letter : {"a", "h"}) {
        mutate({"delete", user(letter)});
        mutate({"undelete", user(letter)});
    }
    mutate({"add-member", user("h"), user("a")});
    followed();
    EXPECT_THAT(changes_.restored,
                UnorderedElementsAre(guid_of("CN=" + user("a")), guid_of("CN=" + user("h"))));
    expect_whole_picture();
    // It is told once.
    mutate({"set", user("a"), "mail=later@example.com"});
    followed();
    EXPECT_EQ(changes_.entries.size(), 1U);
    EXPECT_THAT(changes_.restored, IsEmpty());
    expect_whole_picture();
}

/// Only the unit itself is reported; what lies below it has other DNs.
TEST_P(EachMethod, RenamedUnitBringsAllContainers) {
    mutate({"create-ou", tag_ + "sub", "parent=" + unit_});
    mutate({"create-user", user("a"), "parent=OU=" + tag_ + "sub," + unit_});
    create_user("b");
    begin();
    const auto containers = sink_.count(EntryKind::container);
    mutate({"rename", unit_, tag_ + "renamed"});
    unit_ = "OU=" + tag_ + "renamed,OU=Lab," + lab()["AD_BASE_DN"];
    followed();
    EXPECT_EQ(changes_.count(EntryKind::container), containers);
    EXPECT_NE(changes_.find("OU=" + tag_ + "sub," + unit_), nullptr);
    expect_whole_picture();
    mutate({"rename-move", user("b"), "b moved", "OU=" + tag_ + "sub," + unit_});
    mutate({"move", "OU=" + tag_ + "sub," + unit_, "OU=Lab," + lab()["AD_BASE_DN"]});
    followed();
    expect_whole_picture();
    mutate({"delete-tree", "OU=" + tag_ + "sub,OU=Lab," + lab()["AD_BASE_DN"]});
    followed();
    if (sees_deletions()) expect_whole_picture();
}

// semantics 5.6
TEST_P(EachMethod, NothingNewLeavesTheCursorAsItWas) {
    begin();
    const auto before = cursor_;
    for (int i = 0; i < 3; ++i) {
        followed();
        EXPECT_THAT(changes_.entries, IsEmpty());
        EXPECT_EQ(cursor_, before);
    }
    // What concerns nobody moves the reader on, not the cursor.
    mutate({"create-computer", tag_ + "pc", "parent=" + unit_});
    followed();
    EXPECT_EQ(cursor_, before);
    create_user("a");
    followed();
    ASSERT_EQ(changes_.entries.size(), 1U);
    EXPECT_NE(cursor_, before);
    // A cursor that was not stored is used again.
    cursor_ = before;
    followed();
    EXPECT_NE(changes_.find("CN=" + user("a")), nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Methods, EachMethod,
    ::testing::Values(Method{"Replication", ChangeDetection::automatic, true, "dirsync", "may replicate"},
                      Method{"ObjectSecurity", ChangeDetection::dirsync, false, "dirsync",
                             "may not replicate"},
                      Method{"Usn", ChangeDetection::usn, true, "usn", "change_detection is usn"},
                      Method{"UsnPlain", ChangeDetection::usn, false, "usn", "change_detection is usn"}),
    [](const auto& method) { return method.param.name; });

class Following : public ChangesTest {};

// semantics 6.5
TEST_F(Following, OneMemberMoreReadsNoOtherMember) {
    create_user("a");
    start(lab().simple(), ChangeDetection::automatic);
    const auto group = guid_of("CN=big5500,");
    const auto member = guid_of("CN=" + user("a"));
    mutate({"add-member", "big5500", user("a")});
    ASSERT_TRUE(follow());
    EXPECT_THAT(changes_.entries, IsEmpty());
    ASSERT_EQ(changes_.member_changes.size(), 1U);
    EXPECT_EQ(changes_.member_changes[0].group, group);
    ASSERT_EQ(changes_.member_changes[0].added.size(), 1U);
    EXPECT_EQ(changes_.member_changes[0].added[0].guid, member);
    EXPECT_THAT(changes_.member_changes[0].removed, IsEmpty());
    mutate({"set", "big5500", "description=" + tag_});
    mutate({"remove-member", "big5500", user("a")});
    ASSERT_TRUE(follow());
    ASSERT_EQ(changes_.entries.size(), 1U);
    EXPECT_FALSE(changes_.entries[0].members_known);
    EXPECT_THAT(changes_.entries[0].members, IsEmpty());
    ASSERT_EQ(changes_.member_changes.size(), 1U);
    ASSERT_EQ(changes_.member_changes[0].removed.size(), 1U);
    EXPECT_EQ(changes_.member_changes[0].removed[0].guid, member);
    expect_whole_picture();
}

/// The cookie is taken before the read, so that nothing falls between.
TEST_F(Following, ChangesDuringTheFullReadAreToldAgain) {
    create_user("a");
    make({domain(lab().simple(), ChangeDetection::automatic)});
    connect();
    class ChangingSink : public CollectingSink {
    public:
        std::function<void()> change;
        void take(sync::Entry&& entry) override {
            CollectingSink::take(std::move(entry));
            if (change) std::exchange(change, nullptr)();
        }
        using CollectingSink::take;
    } sink;
    sink.change = [this] { mutate({"set", user("a"), "mail=late@example.com"}); };
    const auto summary = run(directory_->read_all(names, sink));
    ASSERT_TRUE(summary) << summary.error().message();
    cursor_ = summary->domains;
    ASSERT_TRUE(follow());
    EXPECT_NE(changes_.find("CN=" + user("a")), nullptr);
}

TEST_F(Following, RefusedDirSyncIsNotInsistedOn) {
    auto config = domain(plain(), ChangeDetection::automatic);
    make({config});
    connect();
    read_everything();
    EXPECT_EQ(cursor_[0].detection, "dirsync");
    EXPECT_THAT(notes_, ElementsAre(HasSubstr("CN=Deleted Objects")));
    const auto summary = follow();
    ASSERT_TRUE(summary) << summary.error().message();
    EXPECT_THAT(summary->notes, ElementsAre(HasSubstr("CN=Deleted Objects")));
}

// semantics 6.6
TEST_F(Following, CookieThatIsNoneIsRefused) {
    start(lab().simple(), ChangeDetection::automatic);
    const auto good = cursor_;
    for (const auto& cookie : {std::string("garbage"), good[0].cookie.substr(0, 40)}) {
        cursor_ = good;
        cursor_[0].cookie = cookie;
        const auto summary = follow();
        ASSERT_FALSE(summary);
        EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::cursor_refused))
            << summary.error().message();
        EXPECT_THAT(summary.error().message(), HasSubstr("cookie"));
    }
    cursor_ = good;
    EXPECT_TRUE(follow());
}

TEST_F(Following, CursorOfAnotherMethodIsRefused) {
    start(lab().simple(), ChangeDetection::automatic);
    for (const auto wanted : {ChangeDetection::usn, ChangeDetection::full}) {
        make({domain(lab().simple(), wanted)});
        const auto summary = follow();
        ASSERT_FALSE(summary);
        EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::cursor_refused));
        EXPECT_THAT(summary.error().message(), HasSubstr("change_detection is"));
    }
    cursor_.clear();
    EXPECT_FALSE(follow());
}

// semantics 6.4
TEST_F(Following, RestoredDcIsNoticed) {
    for (const auto wanted : {ChangeDetection::automatic, ChangeDetection::usn}) {
        start(lab().simple(), wanted);
        const auto good = cursor_;
        cursor_[0].watermarks[0].invocation_id =
            parse<ObjectGuid>("00000000-1111-2222-3333-444444444444").value();
        auto summary = follow();
        ASSERT_FALSE(summary);
        EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::cursor_refused));
        EXPECT_THAT(summary.error().message(), HasSubstr("restored"));
        cursor_ = good;
        cursor_[0].watermarks[0].highest_usn += 1000;
        summary = follow();
        ASSERT_FALSE(summary);
        EXPECT_THAT(summary.error().message(), HasSubstr("earlier state"));
    }
}

TEST_F(Following, UsnOfAnotherDcIsNotUsed) {
    start(lab().simple(), ChangeDetection::usn);
    cursor_[0].watermarks[0].dc = "CN=NTDS Settings,CN=OTHER";
    const auto summary = follow();
    ASSERT_FALSE(summary);
    EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::cursor_refused));
    EXPECT_THAT(summary.error().message(), HasSubstr("nothing was read from this DC"));
}

TEST_F(Following, ConnectionThatDiedWhileIdleIsReplaced) {
    for (const auto wanted : {ChangeDetection::automatic, ChangeDetection::usn}) {
        Proxy proxy(lab().ip(), 636);
        auto config = domain(lab().simple(), wanted);
        config.servers = {"ldaps://" + lab().ip() + ":" + std::to_string(proxy.port())};
        make({config});
        connect();
        read_everything();
        for (const auto pause : {0ms, 300ms}) {
            proxy.fail_after(Proxy::Fault::cut_once, 0);
            std::this_thread::sleep_for(pause);
            const auto summary = run(directory_->read_changes(cursor_, names, changes_));
            ASSERT_TRUE(summary) << summary.error().message();
        }
        EXPECT_EQ(proxy.connections(), 3);
        proxy.fail_after(Proxy::Fault::cut, 0);
        const auto summary = run(directory_->read_changes(cursor_, names, changes_));
        ASSERT_FALSE(summary);
        EXPECT_EQ(summary.error().error_class(), ErrorClass::transient) << summary.error().message();
    }
}

}  // namespace
}  // namespace dirsync::lab
