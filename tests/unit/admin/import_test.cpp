#include "admin/import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/csv.hpp"

namespace dirsync::admin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Edit> read(std::string_view text, ImportKind kind = ImportKind::users,
                       ImportFormat format = ImportFormat::csv) {
    ImportOptions options;
    options.file = "f";
    options.kind = kind;
    options.format = format;
    return read_import(text, options);
}
std::vector<Edit> read_lines(std::string_view text, ImportKind kind = ImportKind::users) {
    return read(text, kind, ImportFormat::json_lines);
}
/// `place: what is wrong`, or `place: userName`.
std::vector<std::string> told(const std::vector<Edit>& edits) {
    std::vector<std::string> out;
    for (const auto& edit : edits) {
        const auto* bad = std::get_if<Malformed>(&edit.what);
        const auto* user = std::get_if<PutUser>(&edit.what);
        out.push_back(edit.place + ": " +
                      (bad != nullptr    ? bad->message
                       : user != nullptr ? user->fields.user_name.value_or("-")
                                         : "?"));
    }
    return out;
}

// RFC 4180
TEST(Csv, QuotedFieldsHoldSeparatorsQuotesAndLineEnds) {
    CsvReader reader("a,\"b,\"\"c\"\"\",\"d\r\ne\"\r\n\r\n\"\",x,\nlast");
    auto record = reader.next();
    ASSERT_TRUE(record);
    EXPECT_THAT(record->fields, ElementsAre("a", "b,\"c\"", "d\r\ne"));
    EXPECT_EQ(record->line, 1U);
    record = reader.next();
    ASSERT_TRUE(record);
    EXPECT_THAT(record->fields, ElementsAre("", "x", ""));
    EXPECT_EQ(record->line, 4U) << "lines are counted as an editor counts them";
    record = reader.next();
    ASSERT_TRUE(record);
    EXPECT_THAT(record->fields, ElementsAre("last"));
    EXPECT_EQ(record->line, 5U);
    EXPECT_FALSE(reader.next());
}

TEST(Csv, AFaultOfQuotesIsToldAndTheNextLineIsRead) {
    CsvReader reader("\"a\"b,c\nd\n\"open,\nend");
    EXPECT_THAT(reader.next()->fault, HasSubstr("closing quote"));
    EXPECT_THAT(reader.next()->fields, ElementsAre("d"));
    EXPECT_THAT(reader.next()->fault, HasSubstr("not closed"));
    EXPECT_FALSE(reader.next());
}

TEST(Import, ColumnsAreNamedAsInTheViewsOrAsAttributesInAnyOrder) {
    const auto edits = read(
        "\xef\xbb\xbf"
        "Email,USER_NAME,Given Name,status\r\na@example.com,alice,Al,disabled\r\n");
    ASSERT_EQ(edits.size(), 1U);
    const auto& fields = std::get<PutUser>(edits[0].what).fields;
    EXPECT_EQ(edits[0].place, "f:2");
    EXPECT_EQ(fields.user_name, "alice");
    EXPECT_EQ(fields.email, "a@example.com");
    EXPECT_EQ(fields.given_name, "Al");
    EXPECT_EQ(fields.status, sync::Status::disabled);
    EXPECT_EQ(fields.family_name, std::nullopt) << "a column that is not there leaves its attribute";
}

TEST(Import, AnEmptyFieldClearsAndAnEmptyStatusLeaves) {
    const auto edits = read("userName,email,status\nalice,,\n");
    const auto& fields = std::get<PutUser>(edits[0].what).fields;
    EXPECT_EQ(fields.email, "");
    EXPECT_EQ(fields.status, std::nullopt);
}

TEST(Import, EachBadLineIsToldWithItsPlace) {
    EXPECT_THAT(told(read("userName,status\nalice,on\nbob\ncarl,ENABLED\n")),
                ElementsAre(HasSubstr("f:2: status is ENABLED or DISABLED, not 'on'"),
                            "f:3: there are 1 fields, the header has 2", "f:4: carl"));
}

TEST(Import, AWrongHeaderIsToldAndNothingElse) {
    EXPECT_THAT(told(read("userName,mail,email,e-mail\nalice,x,y,z\n")),
                ElementsAre(HasSubstr("f:1: the column 'mail' is none of userName, displayName"),
                            HasSubstr("f:1: the column 'e-mail' is there twice")));
    EXPECT_THAT(told(read("userName;email\nalice;x\n")), ElementsAre(HasSubstr("separated by ';'")));
    EXPECT_THAT(told(read("")), ElementsAre(HasSubstr("the file is empty")));
}

TEST(Import, AListOfUsersIsReadBack) {
    EXPECT_THAT(
        told(read_lines(R"({"user_id":"x","user_name":"alice","revision":3,"attributes":{},"scope":"in"})")),
        ElementsAre("f:1: alice"));
}

TEST(Import, JsonLinesAreAnObjectEach) {
    EXPECT_THAT(
        told(read_lines(
            "{\"userName\":\"alice\"}\n\n{\"userName\":\"bob\"\n[1]\n{\"userName\":7}\n"
            "{\"userName\":\"a\",\"user_name\":\"b\"}\n{\"x\":1}\n{\"userName\":\"z\",\"email\":null}")),
        ElementsAre("f:1: alice", HasSubstr("f:3: this is not JSON"), "f:4: this is not a JSON object",
                    "f:5: userName is a text", HasSubstr("f:6: 'user_name' is there twice"),
                    HasSubstr("f:7: 'x' is none of"), "f:8: z"));
    EXPECT_THAT(told(read_lines(" [{}]")), ElementsAre(HasSubstr("one JSON array")));
}

TEST(Import, MembersAreSeparatedByWhiteSpaceOrAnArray) {
    const auto csv = read("displayName,members\nstaff,alice bob  carl\nempty,\n", ImportKind::groups);
    EXPECT_THAT(std::get<PutGroup>(csv[0].what).members, ElementsAre("alice", "bob", "carl"));
    EXPECT_THAT(std::get<PutGroup>(csv[1].what).members, ElementsAre());
    const auto lines = read_lines(
        "{\"displayName\":\"staff\",\"members\":[\"alice\"]}\n{\"displayName\":\"x\",\"members\":[1]}",
        ImportKind::groups);
    EXPECT_THAT(std::get<PutGroup>(lines[0].what).members, ElementsAre("alice"));
    EXPECT_THAT(told(lines)[1], HasSubstr("members is an array of names"));
}

TEST(Import, AssignmentsAreCheckedAsWell) {
    EXPECT_THAT(told(read("x\n", ImportKind::assignments)), ElementsAre(HasSubstr("JSON Lines")));
    EXPECT_THAT(told(read_lines("{\"principal_type\":\"user\"}", ImportKind::assignments)),
                ElementsAre(HasSubstr("USER or GROUP")));
}

}  // namespace
}  // namespace dirsync::admin
