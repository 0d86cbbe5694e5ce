#include "ctl/text/source_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/commands/source_commands.hpp"

namespace dirsync::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view preview =
    R"({"pending":{"from":"directory","to":"active_directory:a","users":3,"groups":1,
    "memberships":2,"assignments":1,"note":null},"kept":{"permission_sets":1},
    "assignments":[{"principal_type":"USER","principal":"ali\u001bce","permission_set":"Admin","target":"wiki"}],
    "users":["alice"],"groups":["staff"]})";

TEST(SourceFormat, ShowsWhatIsKeptAndWhatGoes) {  // semantics 1.4
    EXPECT_THAT(source_change_text(preview, false),
                AllOf(HasSubstr("from  directory"), HasSubstr("to    active_directory:a"),
                      HasSubstr("kept:     1 permission set"),
                      HasSubstr("removed:  3 users, 1 group, 2 memberships, 1 assignment"),
                      HasSubstr("user ali\\u{1b}ce: Admin on wiki"), Not(HasSubstr("group staff"))));
    EXPECT_THAT(source_change_text(preview, false),
                HasSubstr("also forgets which object each entry of the scope first meant"));
    EXPECT_THAT(source_change_text(preview, true), AllOf(HasSubstr("user alice"), HasSubstr("group staff")));
    EXPECT_THAT(source_change_text(R"({"pending":null})", false), HasSubstr("no change"));
}

TEST(SourceFormat, AWrongTypeIsRefusedBeforeAnythingIsAsked) {
    EXPECT_EQ(wrong_type("", "active_directory:a"), "");
    EXPECT_EQ(wrong_type("active_directory", "active_directory:a,b"), "");
    EXPECT_EQ(wrong_type("directory", "directory"), "");
    EXPECT_THAT(wrong_type("active_directory", "directory"),
                AllOf(HasSubstr("names 'directory'"), HasSubstr("not 'active_directory'")));
}

TEST(SourceFormat, ASnapshotIsNamedByTheBeginningOfItsId) {
    std::vector<messages::Snapshot> all(4);
    all[0].id = "340a660c-1";
    all[1].id = "340a77";
    all[2].id = "5b1234";
    all[3].id = "5b12345";
    EXPECT_EQ(id_beginning_with(all, "340a6").value(), "340a660c-1");
    const auto two = id_beginning_with(all, "340a");
    ASSERT_FALSE(two);
    EXPECT_THAT(two.error().message(), AllOf(HasSubstr("340a660c-1"), HasSubstr("340a77")));
    EXPECT_EQ(id_beginning_with(all, "5b1234").value(), "5b1234") << "it is a whole id";
    EXPECT_EQ(id_beginning_with(all, "5b").value(), "5b") << "too short to mean one";
    EXPECT_EQ(id_beginning_with(all, "nothing").value(), "nothing");
}

TEST(SourceFormat, ListsWhatFoundNoMatch) {  // semantics 1.5
    EXPECT_THAT(restored_text(
                    R"({"users":0,"groups":0,"memberships":0,"permission_sets":1,"assignments":2,"present":3,
        "unmatched":[{"principal_type":"GROUP","principal":"staff","permission_set":"Admin","target":"ci"}],
        "conflicts":["user x: taken"],"note":"only assignments"})"),
                AllOf(HasSubstr("2 assignments"), HasSubstr("there already: 3 assignments"),
                      HasSubstr("made again: 1 permission set"), HasSubstr("group staff: Admin on ci"),
                      HasSubstr("not restored: user x: taken"), HasSubstr("only assignments")));
}

}  // namespace
}  // namespace dirsync::ctl
