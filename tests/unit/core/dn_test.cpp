#include "core/dn.hpp"

#include <string>

#include <gtest/gtest.h>

namespace dirsync {
namespace {

using std::string_view_literals::operator""sv;

Dn dn(std::string_view text) {
    auto parsed = Dn::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(Dn());
}

TEST(Dn, ComparesWithoutCaseAndWithoutSpacesAroundSeparators) {
    EXPECT_EQ(dn("CN=Alice,OU=Staff,DC=corp,DC=example,DC=com"),
              dn("cn=alice , ou = STAFF,dc=Corp, DC=example,DC=com"));
    EXPECT_EQ(dn("CN=M\u00dcLLER,DC=corp"), dn("CN=m\u00fcller,DC=corp"));
    EXPECT_NE(dn("CN=Alice,DC=corp"), dn("CN=Alice,DC=corp,DC=com"));
    EXPECT_NE(dn("CN=Alice"), dn("OU=Alice"));
    EXPECT_NE(dn("CN=a  b"), dn("CN=a b"));
}

// RFC 4514 2.4; Samba writes \3D and \3B, escapes '#' and '"' everywhere and leaves tab and BEL bare.
TEST(Dn, EscapesAreWaysOfWritingTheSame) {
    const std::pair<std::string_view, std::string_view> same[] = {
        {R"(CN=Doe\, John)", R"(CN=Doe\2C John)"},
        {R"(CN=Doe\, John)", R"(CN="Doe, John")"},
        {R"(CN=Doe\, John)", R"(CN= "Doe, John" )"},
        {R"(CN=a\=b)", R"(CN=a\3Db)"},
        {R"(CN=a=b)", R"(CN=a\3db)"},
        {R"(CN=a\;b)", R"(CN=a\3Bb)"},
        {R"(CN=a#b)", R"(CN=a\#b)"},
        {R"(CN=a\"b)", R"(CN=a\22b)"},
        {R"(CN="a\"b")", R"(CN=a\22b)"},
        {R"(CN=a\\b)", R"(CN=a\5Cb)"},
        {R"(CN=a\+b)", R"(CN="a+b")"},
        {R"(CN=a\<b\>)", R"(CN=a\3Cb\3E)"},
        {R"(CN=a\?b)", R"(CN=a?b)"},
        {"CN=a\tb\a", R"(CN=a\09b\07)"},
        {"CN=a\nb", R"(CN=a\0Ab)"},
        {R"(CN=\ a\ )", R"(CN=\20a\20)"},
        {R"(CN=\ a\  ,DC=x)", R"(CN=\20a\20,DC=x)"},
        {R"(CN=L\C3\BCtt)", "CN=L\u00fctt"},
        {R"(CN=\4c\4C)", "CN=ll"},
        {"1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=Hi"},
        {"2.5.4.3=x", "CN=x"},
        {"OID.2.5.4.11=x", "ou=x"},
        {"CN=#0C02c3bC", "CN=\u00fc"},
    };
    for (const auto& [left, right] : same) {
        EXPECT_EQ(dn(left).key(), dn(right).key()) << left << " and " << right;
    }
}

TEST(Dn, EscapedSpacesAtTheEndsCount) {
    EXPECT_NE(dn(R"(CN=\ a)"), dn("CN=a"));
    EXPECT_NE(dn(R"(CN=a\ )"), dn("CN=a"));
    EXPECT_EQ(dn(R"(CN=a\ )").leaf_value(), "a ");
    EXPECT_EQ(dn("CN=  a  ").leaf_value(), "a");
}

TEST(Dn, AnEscapedSeparatorSeparatesNothing) {
    EXPECT_EQ(dn(R"(CN=a\,OU=b,DC=x)").depth(), 2U);
    EXPECT_EQ(dn(R"(CN="a,OU=b",DC=x)").depth(), 2U);
    EXPECT_NE(dn(R"(CN=a\,OU=b,DC=x)"), dn("CN=a,OU=b,DC=x"));
    EXPECT_NE(dn(R"(CN=a\+OU=b)"), dn("CN=a+OU=b"));
}

TEST(Dn, OrderWithinAMultiValuedRdnDoesNotMatter) {
    EXPECT_EQ(dn("CN=a+OU=b,DC=x"), dn("ou=B + cn=A,DC=x"));
    EXPECT_EQ(dn("CN=a+OU=b,DC=x").depth(), 2U);
    EXPECT_NE(dn("CN=a+OU=b,DC=x"), dn("CN=a,OU=b,DC=x"));
    EXPECT_EQ(dn("OU=b+CN=a").leaf_value(), "b");
}

TEST(Dn, RefusesWhatIsNone) {
    for (const auto text :
         {"alice"sv,     "CN"sv,         "=a"sv,        "CN=a,"sv,
          ",CN=a"sv,     "CN=a,,DC=b"sv, "CN=a+"sv,     "CN=a+,DC=b"sv,
          "C N=a"sv,     "CN=a\\"sv,     "CN=a\\4"sv,   "CN=a\\4g"sv,
          "CN=\"a"sv,    "CN=\"a\"b"sv,  "CN=a\"b"sv,   "CN=#"sv,
          "CN=#0"sv,     "CN=#0g"sv,     "CN=#04 02"sv, "CN=a<b"sv,
          "CN=a;DC=b"sv, "CN=a\0b"sv,    "1.=a"sv,      ".1=a"sv,
          "1..2=a"sv,    "-a=b"sv,       " "sv,         "<GUID=6da77495-e9f6-5f2d-9056-e4b0038c472c>;CN=a"sv,
          "CN=\"a\0\""sv}) {
        EXPECT_FALSE(Dn::parse(text)) << text;
    }
}

TEST(Dn, HexadecimalValuesThatAreNoTextStayApart) {
    EXPECT_EQ(dn("CN=#0201FF"), dn("CN=#0201ff"));
    EXPECT_NE(dn("CN=#0201ff"), dn(R"(CN=\#0201ff)"));
    EXPECT_NE(dn("CN=#04ff4869"), dn("CN=Hi"));  // the length does not fit: no text
    EXPECT_EQ(dn("CN=#04810248"
                 "69"),
              dn("CN=Hi"));
}

TEST(Dn, TheRootIsEmptyAndHoldsEverything) {
    const auto root = dn("");
    EXPECT_EQ(root.depth(), 0U);
    EXPECT_EQ(root.key(), "");
    EXPECT_TRUE(dn("DC=com").is_within(root));
    EXPECT_TRUE(root.is_within(root));
    EXPECT_FALSE(root.is_within(dn("DC=com")));
}

// semantics 2.1: an organizational unit means its subtree.
TEST(Dn, IsWithinItselfAndWhatIsAboveIt) {
    const auto base = dn("OU=Staff,DC=corp,DC=com");
    EXPECT_TRUE(base.is_within(base));
    EXPECT_TRUE(dn("CN=a,ou=STAFF,dc=corp,dc=com").is_within(base));
    EXPECT_TRUE(dn("CN=a,OU=x,OU=Staff,DC=corp,DC=com").is_within(base));
    EXPECT_FALSE(dn("CN=a,OU=NonStaff,DC=corp,DC=com").is_within(base));
    EXPECT_FALSE(dn("CN=a,OU=Staff,DC=other,DC=com").is_within(base));
    EXPECT_FALSE(dn("DC=corp,DC=com").is_within(base));
    EXPECT_FALSE(dn(R"(CN=a\,OU=Staff,DC=corp,DC=com)").is_within(base));
    EXPECT_FALSE(dn(R"(CN=a+OU=Staff,DC=corp,DC=com)").is_within(base));
}

TEST(Dn, ParentKeyIsTheKeyOfTheParent) {
    EXPECT_EQ(dn(R"(CN=a\,b,OU=Staff,DC=com)").parent_key(), dn("ou=staff,dc=com").key());
    EXPECT_EQ(dn("DC=com").parent_key(), "");
    EXPECT_EQ(dn("").parent_key(), "");
}

TEST(Dn, LeafValueIsUnescapedInTheCaseThatWasWritten) {
    EXPECT_EQ(dn(R"(CN=Doe\, John,DC=x)").leaf_value(), "Doe, John");
    EXPECT_EQ(dn(R"(CN=x\0ADEL:6da77495,CN=Deleted Objects,DC=x)").leaf_value(), "x\nDEL:6da77495");
}

TEST(Dn, DomainIsMadeOfTheTrailingDcParts) {
    EXPECT_EQ(dn("CN=a,DC=Corp,DC=Example,DC=COM").dns_domain(), "corp.example.com");
    EXPECT_EQ(dn("DC=a,OU=b,DC=corp,DC=com").dns_domain(), "corp.com");
    EXPECT_EQ(dn("CN=a").dns_domain(), "");
    EXPECT_EQ(dn("").dns_domain(), "");
    EXPECT_EQ(dn("DC=corp,DC=com+CN=x").dns_domain(), "");
}

TEST(Dn, TheKeyIsANameWithTheSameKey) {
    for (const auto* text : {R"(CN=Doe\, John,DC=x)", R"(CN=\ a\ ,DC=x)", R"(CN=\#a\00\3B\3C\3E\22\5C\2B\=)",
                             "CN=#0201ff", "CN=a+OU=b,DC=x", "CN=", "CN=\\ "}) {
        EXPECT_EQ(dn(dn(text).key()).key(), dn(text).key()) << text;
    }
}

TEST(EndOfFirstRdn, IsBehindTheFirstSeparator) {
    const auto rest = [](std::string_view text) {
        const auto end = end_of_first_rdn(text);
        return end == std::string_view::npos ? "none"sv : text.substr(end);
    };
    EXPECT_EQ(rest("CN=a,DC=b,DC=c"), "DC=b,DC=c");
    EXPECT_EQ(rest(R"(CN=a\,b,DC=b)"), "DC=b");
    EXPECT_EQ(rest(R"(CN="a,\"b",DC=b)"), "DC=b");
    EXPECT_EQ(rest(R"(CN=a\\,DC=b)"), "DC=b");
    EXPECT_EQ(rest("DC=b"), "none");
    EXPECT_EQ(rest("CN=a\\"), "none");
    EXPECT_EQ(rest(""), "none");
}

TEST(BaseDn, IsTheDomainAsDcParts) {
    EXPECT_EQ(base_dn_of("corp.example.com"), "DC=corp,DC=example,DC=com");
    EXPECT_EQ(base_dn_of("corp.example.com."), "DC=corp,DC=example,DC=com");
    EXPECT_EQ(base_dn_of(""), "");
    EXPECT_EQ(dn(base_dn_of("a,b.com")).depth(), 2U);
}

}  // namespace
}  // namespace dirsync
