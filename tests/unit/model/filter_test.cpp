#include "model/language/filter.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// A filter and an entry that share the names of attributes.
struct Bound {
    Filter filter;
    AttributeNames names;
    AttributesBuilder builder;

    Bound(std::string_view text, const Attributes& attributes) : filter(Filter::parse(text).value()) {
        filter.bind(names);
        for (const auto& [name, value] : attributes) builder.add(names.add(name), value);
    }
};

bool matches(std::string_view text, const Attributes& attributes) {
    Bound bound(text, attributes);
    const auto packed = bound.builder.pack();
    return bound.filter.matches(AttributesView(packed.bytes()));
}

std::vector<std::string> brought_in_by_lack_of(std::string_view text, const Attributes& attributes) {
    Bound bound(text, attributes);
    const auto packed = bound.builder.pack();
    std::vector<std::string> lacking;
    for (const auto index : bound.filter.brought_in_by_lack_of(AttributesView(packed.bytes())))
        lacking.emplace_back(bound.names[index]);
    return lacking;
}

std::string refusal(std::string_view text) {
    const auto filter = Filter::parse(text);
    if (filter) return "accepted";
    EXPECT_EQ(filter.error().error_class(), ErrorClass::config);
    return filter.error().message();
}

const Attributes alice = {{"sAMAccountName", "alice"},
                          {"department", "Sales"},
                          {"title", "Head of  Sales"},
                          {"userAccountControl", "514"},
                          {"objectClass", "top"},
                          {"objectClass", "person"},
                          {"objectClass", "user"},
                          {"manager", R"(CN=Doe\2C John,OU=Staff,DC=corp,DC=com)"},
                          {"objectCategory", "CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=com"}};

TEST(Filter, ComparesTextWithoutCase) {
    EXPECT_TRUE(matches("(department=sALES)", alice));
    EXPECT_TRUE(matches("(DEPARTMENT=Sales)", alice));
    EXPECT_FALSE(matches("(department=Sale)", alice));
    EXPECT_TRUE(matches("(cn=m\u00fcller)", {{"cn", "M\u00dcLLER"}}));
}

TEST(Filter, AnyValueMayMatch) {
    EXPECT_TRUE(matches("(objectClass=user)", alice));
    EXPECT_FALSE(matches("(objectClass=computer)", alice));
}

// RFC 4518 2.6.1; a domain controller answers the same.
TEST(Filter, SpacesAtTheEndsAndRepeatedOnesDoNotCount) {
    EXPECT_TRUE(matches("(department= Sales )", alice));
    EXPECT_TRUE(matches("(title=head of sales)", alice));
    EXPECT_TRUE(matches("(title=head   of*)", alice));
    EXPECT_TRUE(matches("(title= head*)", alice));
    EXPECT_FALSE(matches("(title=headof sales)", alice));
    EXPECT_TRUE(matches("(title=*d o*)", alice));
    EXPECT_FALSE(matches("(title=*d  f*)", alice));
}

TEST(Filter, PresenceIsAnyValue) {
    EXPECT_TRUE(matches("(department=*)", alice));
    EXPECT_FALSE(matches("(mail=*)", alice));
    EXPECT_TRUE(matches("(!(mail=*))", alice));
}

TEST(Filter, SubstringsFollowEachOther) {
    EXPECT_TRUE(matches("(department=S*s)", alice));
    EXPECT_TRUE(matches("(department=*ale*)", alice));
    EXPECT_TRUE(matches("(department=s*A*E*s)", alice));
    EXPECT_TRUE(matches("(department=s**s)", alice));
    EXPECT_FALSE(matches("(department=s*e*a*)", alice));
    EXPECT_FALSE(matches("(department=sal*les)", alice));
    EXPECT_FALSE(matches("(department=*sal)", alice));
    EXPECT_FALSE(matches("(department=ales*)", alice));
    EXPECT_FALSE(matches("(mail=*a*)", alice));
}

TEST(Filter, CombinesParts) {
    EXPECT_TRUE(matches("(&(department=Sales)(objectClass=user))", alice));
    EXPECT_FALSE(matches("(&(department=Sales)(objectClass=computer))", alice));
    EXPECT_TRUE(matches("(|(department=IT)(objectClass=user))", alice));
    EXPECT_FALSE(matches("(|(department=IT)(objectClass=computer))", alice));
    EXPECT_FALSE(matches("(!(department=Sales))", alice));
    EXPECT_TRUE(matches("(!(department=IT))", alice));
}

// RFC 4526.
TEST(Filter, AnEmptyAndIsTrueAndAnEmptyOrIsFalse) {
    EXPECT_TRUE(matches("(&)", alice));
    EXPECT_FALSE(matches("(|)", alice));
}

// RFC 4511 4.5.1.7. A domain controller gives (!(department=IT)) to those without a department, too.
TEST(Filter, AMissingAttributeEqualsNothing) {
    EXPECT_FALSE(matches("(mail=a)", alice));
    EXPECT_TRUE(matches("(!(mail=a))", alice));
    EXPECT_FALSE(matches("(!(!(mail=a)))", alice));
}

// semantics 5.1
TEST(Filter, NamesWhatBringsAnEntryInByItsAbsence) {
    const Attributes bob = {{"sAMAccountName", "bob"}, {"department", "Sales"}};
    const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
        {"(!(employeeType=external))", {"employeeType"}},
        {"(&(department=Sales)(!(employeeType=external)))", {"employeeType"}},
        {"(|(department=Sales)(!(employeeType=external)))", {}},
        {"(&(!(employeeType=external))(|(title=x)(department=Sales)))", {"employeeType"}},
        {"(|(!(employeeType=external))(!(title=x)))", {"employeeType", "title"}},
        {"(&(!(employeeType=external))(!(title=x)))", {"employeeType", "title"}},
        {"(!(!(department=Sales)))", {}},
        {"(!(employeeType=*))", {"employeeType"}},
        {"(!(userAccountControl:1.2.840.113556.1.4.803:=2))", {"userAccountControl"}},
        {"(department=*)", {}},
    };
    for (const auto& [text, expected] : cases) {
        SCOPED_TRACE(text);
        EXPECT_TRUE(matches(text, bob));
        EXPECT_EQ(brought_in_by_lack_of(text, bob), expected);
    }
}

// RFC 4511 4.5.1.7: what cannot be told stays open below any number of negations.
TEST(Filter, OnlyTrueBringsAUserIn) {
    const Attributes odd = {{"employeeNumber", "A-17"}, {"department", "Sales"}};
    EXPECT_FALSE(matches("(employeeNumber>=5)", odd));
    EXPECT_FALSE(matches("(!(employeeNumber>=5))", odd));
    EXPECT_FALSE(matches("(!(!(employeeNumber>=5)))", odd));
    EXPECT_FALSE(matches("(&(department=Sales)(!(employeeNumber>=5)))", odd));
    EXPECT_TRUE(matches("(|(department=Sales)(!(employeeNumber>=5)))", odd));
    EXPECT_TRUE(matches("(!(&(department=IT)(employeeNumber>=5)))", odd));
    EXPECT_FALSE(matches("(!(&(department=Sales)(employeeNumber>=5)))", odd));
    EXPECT_FALSE(matches("(!(telephoneNumber:1.2.840.113556.1.4.803:=2))", {{"telephoneNumber", "+49 1"}}));
}

TEST(Filter, OrdersWholeNumbers) {
    const Attributes entry = {{"n", "10"}, {"negative", "-5"}};
    EXPECT_TRUE(matches("(n>=10)", entry));
    EXPECT_TRUE(matches("(n>=9)", entry));
    EXPECT_FALSE(matches("(n>=11)", entry));
    EXPECT_TRUE(matches("(n<=10)", entry));
    EXPECT_FALSE(matches("(n<=9)", entry));
    EXPECT_TRUE(matches("(negative<=-5)", entry));
    EXPECT_FALSE(matches("(negative>=0)", entry));
    EXPECT_TRUE(
        matches("(accountExpires>=9223372036854775807)", {{"accountExpires", "9223372036854775807"}}));
    EXPECT_TRUE(matches("(n>=5)", {{"n", "no"}, {"n", "7"}}));
}

// MS-ADTS 3.1.1.3.4.4.1 and 3.1.1.3.4.4.2.
TEST(Filter, BitRulesTestAllOrAnyBits) {
    EXPECT_TRUE(matches("(userAccountControl:1.2.840.113556.1.4.803:=2)", alice));
    EXPECT_TRUE(matches("(userAccountControl:1.2.840.113556.1.4.803:=514)", alice));
    EXPECT_FALSE(matches("(userAccountControl:1.2.840.113556.1.4.803:=6)", alice));
    EXPECT_TRUE(matches("(userAccountControl:1.2.840.113556.1.4.804:=6)", alice));
    EXPECT_FALSE(matches("(userAccountControl:1.2.840.113556.1.4.804:=4)", alice));
    EXPECT_TRUE(matches("(userAccountControl:1.2.840.113556.1.4.803:=0)", alice));
    EXPECT_FALSE(matches("(userAccountControl:1.2.840.113556.1.4.804:=0)", alice));
    EXPECT_TRUE(matches("(groupType:1.2.840.113556.1.4.803:=2147483648)", {{"groupType", "-2147483646"}}));
    EXPECT_TRUE(matches("(!(userAccountControl:1.2.840.113556.1.4.803:=65536))", alice));
}

TEST(Filter, UnescapesValues) {
    EXPECT_TRUE(matches(R"((cn=a\2ab))", {{"cn", "a*b"}}));
    EXPECT_FALSE(matches(R"((cn=a\2ab))", {{"cn", "axb"}}));
    EXPECT_TRUE(matches(R"((cn=\28a\29\5c))", {{"cn", R"((a)\)"}}));
    EXPECT_TRUE(matches(R"((cn=a\00b))", {{"cn", std::string("a\0b", 3)}}));
    EXPECT_TRUE(matches(R"((cn=L\c3\bctt))", {{"cn", "l\u00fctt"}}));
    EXPECT_TRUE(matches(R"((cn=a=b:c>d<e~f))", {{"cn", "a=b:c>d<e~f"}}));
}

const std::string guid_bytes("\x95\x74\xa7\x6d\xf6\xe9\x2d\x5f\x90\x56\xe4\xb0\x03\x8c\x47\x2c", 16);

TEST(Filter, GuidsAreAssertedAsBytesOrAsText) {
    const Attributes entry = {{"objectGUID", guid_bytes}};
    EXPECT_TRUE(matches(R"((objectGUID=\95\74\a7\6d\f6\e9\2d\5f\90\56\e4\b0\03\8c\47\2c))", entry));
    EXPECT_TRUE(matches("(objectGUID=6DA77495-e9f6-5f2d-9056-e4b0038c472c)", entry));
    EXPECT_FALSE(matches("(objectGUID=6da77495-e9f6-5f2d-9056-e4b0038c472d)", entry));
    EXPECT_TRUE(matches(R"((objectGUID=\95\74*))", entry));
    // Bytes have no case: \75 and \55 are 'u' and 'U'.
    EXPECT_FALSE(matches(R"((objectGUID=\95\54\a7\6d\f6\e9\2d\5f\90\56\e4\b0\03\8c\47\2c))", entry));
}

TEST(Filter, SidsAreAssertedAsBytesOrAsText) {
    const Attributes entry = {{"objectSid", std::string("\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", 16)}};
    EXPECT_TRUE(matches("(objectSid=S-1-5-32-544)", entry));
    EXPECT_TRUE(matches(R"((objectSid=\01\02\00\00\00\00\00\05\20\00\00\00\20\02\00\00))", entry));
    EXPECT_FALSE(matches("(objectSid=S-1-5-32-545)", entry));
}

TEST(Filter, DnsCompareParsed) {
    EXPECT_TRUE(matches(R"((manager=cn="doe, john", ou=staff,dc=corp,dc=com))", alice));
    EXPECT_TRUE(matches(R"((manager=CN=Doe\5c, John,OU=Staff,DC=corp,DC=com))", alice));
    EXPECT_FALSE(matches("(manager=CN=Doe,OU=Staff,DC=corp,DC=com)", alice));
    EXPECT_TRUE(matches("(manager=CN=a,DC=x)", {{"manager", "<GUID=00>;<SID=01>;cn=A,dc=x"}}));
    EXPECT_THAT(refusal("(manager=alice)"), HasSubstr("at byte 10: expected a DN"));
    EXPECT_THAT(refusal("(manager=CN=a*)"), HasSubstr("'manager' holds a DN"));
}

// MS-ADTS 3.1.1.3.1.3.5: the category of a class is asserted by the name of the class.
TEST(Filter, CategoriesAreAssertedByClass) {
    EXPECT_TRUE(matches("(objectCategory=person)", alice));
    EXPECT_TRUE(matches("(objectCategory=user)", alice));
    EXPECT_FALSE(matches("(objectCategory=computer)", alice));
    EXPECT_TRUE(matches("(objectCategory=CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=com)", alice));
    EXPECT_FALSE(matches("(objectCategory=CN=Person,CN=Schema,CN=Configuration,DC=other,DC=com)", alice));
    EXPECT_TRUE(matches("(objectCategory=organizationalUnit)",
                        {{"objectCategory", "CN=Organizational-Unit,CN=Schema"}}));
}

TEST(Filter, WhiteSpaceBetweenComponentsIsFine) {
    EXPECT_TRUE(matches(" ( & ( department=Sales)\n  ( ! (department=IT) ) ) ", alice));
    EXPECT_TRUE(matches("(userAccountControl >=5)", alice));
}

TEST(Filter, NamesTheByteAndWhatWasExpected) {
    EXPECT_EQ(refusal(""), "at byte 1: expected '('");
    EXPECT_EQ(refusal("department=Sales"), "at byte 1: expected '('");
    EXPECT_EQ(refusal("(department=Sales"), "at byte 18: expected ')'");
    EXPECT_EQ(refusal("(department=Sales))"), "at byte 19: expected the end of the filter");
    EXPECT_EQ(refusal("(department=Sales)(a=b)"), "at byte 19: expected the end of the filter");
    EXPECT_THAT(refusal("()"), HasSubstr("at byte 2: expected '&', '|', '!' or"));
    EXPECT_THAT(refusal("(=a)"), HasSubstr("at byte 2: expected"));
    EXPECT_THAT(refusal("(department)"), HasSubstr("at byte 12: expected '='"));
    EXPECT_EQ(refusal("(!)"), "at byte 3: expected '('");
    EXPECT_EQ(refusal("(!(a=b)(c=d))"), "at byte 8: expected ')'");
    EXPECT_EQ(refusal("(&(a=b)"), "at byte 8: expected ')'");
    EXPECT_EQ(refusal("(&a=b)"), "at byte 3: expected ')'");
    EXPECT_THAT(refusal("(a=b(c)"), HasSubstr("at byte 5: expected ')'"));
    EXPECT_THAT(refusal(R"((a=\2))"), HasSubstr("at byte 5: expected two hexadecimal digits"));
    EXPECT_THAT(refusal(R"((a=\zz))"), HasSubstr("at byte 5: expected two hexadecimal digits"));
    EXPECT_THAT(refusal(std::string("(a=b\0c)", 7)), HasSubstr("at byte 5"));
    EXPECT_THAT(refusal("(a>=b)"), HasSubstr("at byte 5: expected a whole number"));
    EXPECT_THAT(refusal("(a<=)"), HasSubstr("at byte 5: expected a whole number"));
    EXPECT_THAT(refusal("(a:1.2.840.113556.1.4.803:=0x2)"), HasSubstr("expected a whole number"));
    EXPECT_THAT(refusal("(a>=9223372036854775808)"), HasSubstr("expected a whole number"));
    EXPECT_THAT(refusal("(cn;lang-de=a)"), HasSubstr("at byte 4: attribute options"));
    EXPECT_THAT(refusal("(2.5.4.3=a)"), HasSubstr("starts with a letter"));
}

// semantics 2.1: a filter is evaluated on the mirror, so what only the directory knows is refused.
TEST(Filter, RefusesWhatNeedsTheDirectory) {
    EXPECT_THAT(refusal("(memberOf=CN=x,DC=y)"), HasSubstr("list the group in the scope"));
    EXPECT_THAT(refusal("(&(a=b)(!(MEMBEROF=*)))"), HasSubstr("list the group in the scope"));
    EXPECT_THAT(refusal("(anr=alice)"), HasSubstr("'anr'"));
    EXPECT_THAT(refusal("(tokenGroups=S-1-5-32-544)"), HasSubstr("'tokenGroups'"));
    EXPECT_THAT(refusal("(cn~=alice)"), HasSubstr("'~='"));
    EXPECT_THAT(refusal("(manager:1.2.840.113556.1.4.1941:=CN=x)"), HasSubstr("1.2.840.113556.1.4.1941"));
    EXPECT_THAT(refusal("(cn:2.5.13.5:=x)"), HasSubstr("matching rule"));
    EXPECT_THAT(refusal("(cn:dn:=x)"), HasSubstr("matching rule"));
    EXPECT_THAT(refusal("(:2.5.13.5:=x)"), HasSubstr("before the matching rule"));
}

TEST(Filter, DepthIsLimited) {
    const auto nested = [](int depth) {
        std::string text;
        for (int i = 1; i < depth; ++i) text += "(!";
        text += "(a=b)";
        return text + std::string(static_cast<std::size_t>(depth - 1), ')');
    };
    EXPECT_EQ(refusal(nested(64)), "accepted");
    EXPECT_THAT(refusal(nested(65)), HasSubstr("nested more than 64 deep"));
    EXPECT_THAT(refusal(std::string(1'000'000, '(')), HasSubstr("at byte"));
    std::string hostile;
    for (int i = 0; i < 1'000'000; ++i) hostile += "(&";
    EXPECT_THAT(refusal(hostile), HasSubstr("nested more than 64 deep"));
}

TEST(Filter, NamesItsAttributesOnceInOrder) {
    auto filter =
        *Filter::parse("(|(title=a)(&(!(sn=*))(TITLE=b*))(mail>=1)(uac:1.2.840.113556.1.4.803:=1))");
    EXPECT_THAT(filter.attributes(), ElementsAre("title", "sn", "mail", "uac"));
    AttributeNames names;
    names.add("Mail");
    filter.bind(names);
    EXPECT_THAT(names.all(), ElementsAre("Mail", "title", "sn", "uac"));
}

TEST(Filter, CopiesAreTheirOwn) {
    auto first = *Filter::parse("(department=Sales)");
    AttributeNames names;
    first.bind(names);
    Filter second(first);
    first = *Filter::parse("(department=IT)");
    first.bind(names);
    EXPECT_EQ(second.text(), "(department=Sales)");

    AttributesBuilder builder;
    builder.add(0, "Sales");
    const auto packed = builder.pack();
    EXPECT_TRUE(second.matches(AttributesView(packed.bytes())));
    EXPECT_FALSE(first.matches(AttributesView(packed.bytes())));
    first = second;
    EXPECT_TRUE(first.matches(AttributesView(packed.bytes())));
}

}  // namespace
}  // namespace dirsync::sync
