#include "model/language/mapping.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Attributes = std::vector<std::pair<std::string, std::string>>;
constexpr std::string_view domain = "corp.example.com";

PackedAttributes packed(AttributeNames& names, const Attributes& attributes) {
    AttributesBuilder builder;
    for (const auto& [name, value] : attributes) builder.add(names.add(name), value);
    return builder.pack();
}

std::optional<std::string> text(std::string_view source, const Attributes& attributes) {
    auto parsed = Template::parse(source);
    if (!parsed) {
        ADD_FAILURE() << source << ": " << parsed.error().message();
        return std::nullopt;
    }
    EXPECT_EQ(parsed->source(), source);
    AttributeNames names;
    parsed->bind(names);
    const auto entry = packed(names, attributes);
    return parsed->text(AttributesView(entry.bytes()), domain);
}

std::string refusal(std::string_view source) {
    const auto parsed = Template::parse(source);
    if (parsed) return "accepted";
    EXPECT_EQ(parsed.error().error_class(), ErrorClass::config);
    return parsed.error().message();
}

const Attributes alice = {{"sn", "Smith"}, {"givenName", "Alice"}, {"sAMAccountName", "alice"}};

// semantics 3.3.
TEST(Template, PutsValuesIntoText) {
    EXPECT_EQ(text("${sn}, ${givenName}", alice), "Smith, Alice");
    EXPECT_EQ(text("${SN}", alice), "Smith");
    EXPECT_EQ(text("${sAMAccountName}@${domain}", alice), "alice@corp.example.com");
    EXPECT_EQ(text("constant", alice), "constant");
    EXPECT_EQ(text("100 $ {x} } $", alice), "100 $ {x} } $");
}

// semantics 3.3: a template with an empty attribute yields nothing.
TEST(Template, YieldsNothingWithAnEmptyReference) {
    EXPECT_EQ(text("${mail}", alice), std::nullopt);
    EXPECT_EQ(text("${sn} <${mail}>", alice), std::nullopt);
    EXPECT_EQ(text("${mail}", {{"mail", ""}}), std::nullopt);
    EXPECT_EQ(text("", alice), std::nullopt);
    EXPECT_EQ(text("${sn|trim}", {{"sn", "  "}}), std::nullopt);
}

// semantics 3.3: first value in byte order.
TEST(Template, TakesTheFirstValueInByteOrder) {
    EXPECT_EQ(text("${otherMailbox}", {{"otherMailbox", "b"}, {"otherMailbox", "a"}, {"otherMailbox", "B"}}),
              "B");
}

TEST(Template, TakesTheValueWithAPrefix) {
    const Attributes entry = {{"proxyAddresses", "smtp:second@x"},
                              {"proxyAddresses", "SMTP:Alice@x"},
                              {"proxyAddresses", "SMTPX:no@x"},
                              {"proxyAddresses", "x500:/o=y"},
                              {"proxyAddresses", "smtp:first@x"}};
    EXPECT_EQ(text("${proxyAddresses:SMTP}", entry), "Alice@x");
    EXPECT_EQ(text("${proxyAddresses:smtp}", entry), "first@x");
    EXPECT_EQ(text("${proxyAddresses:SMTP|lower}", entry), "alice@x");
    EXPECT_EQ(text("${proxyAddresses:SIP}", entry), std::nullopt);
    EXPECT_EQ(text("${proxyAddresses:SMTP}", {{"proxyAddresses", "SMTP:"}}), std::nullopt);
}

TEST(Template, ChangesInTheOrderWritten) {
    EXPECT_EQ(text("${cn|lower}", {{"cn", "M\u00dcLLER"}}), "m\u00fcller");
    EXPECT_EQ(text("${cn|upper}", {{"cn", "m\u00fcller"}}), "M\u00dcLLER");
    EXPECT_EQ(text("<${cn|trim|upper|trim}>", {{"cn", "\u00a0 a b\t"}}), "<A B>");
    EXPECT_EQ(text("${domain|upper}", alice), "CORP.EXAMPLE.COM");
    EXPECT_EQ(text("${cn|upper|lower}", {{"cn", "Ab"}}), "ab");
}

TEST(Template, EscapedReferenceIsText) {
    EXPECT_EQ(text("$${sn}", alice), "${sn}");
    EXPECT_EQ(text("${sn}$${sn}${sn}", alice), "Smith${sn}Smith");
    EXPECT_EQ(text("$$", alice), "$$");
}

TEST(Template, ShowsIdsAsText) {
    const Attributes entry = {
        {"objectGUID", std::string("\x95\x74\xa7\x6d\xf6\xe9\x2d\x5f\x90\x56\xe4\xb0\x03\x8c\x47\x2c", 16)},
        {"objectSid", std::string("\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", 16)}};
    EXPECT_EQ(text("${objectGUID}", entry), "6da77495-e9f6-5f2d-9056-e4b0038c472c");
    EXPECT_EQ(text("${objectguid|upper}", entry), "6DA77495-E9F6-5F2D-9056-E4B0038C472C");
    EXPECT_EQ(text("${objectSid}", entry), "S-1-5-32-544");
    EXPECT_EQ(text("${objectGUID}", {{"objectGUID", "short"}}), std::nullopt);
}

TEST(Template, ValuesThatAreNoTextYieldNothing) {
    EXPECT_EQ(text("${cn}", {{"cn", "a\xff"}}), std::nullopt);
    EXPECT_EQ(text("${cn}", {{"cn", "\xc3\xa4"}}), "\u00e4");
}

TEST(Template, NamesTheByteAndWhatWasExpected) {
    EXPECT_THAT(refusal("${sn"), HasSubstr("at byte 5: expected '}'"));
    EXPECT_THAT(refusal("a ${} b"), HasSubstr("at byte 5: expected the name of an attribute"));
    EXPECT_THAT(refusal("${ sn}"), HasSubstr("at byte 3: expected the name of an attribute"));
    EXPECT_THAT(refusal("${sn }"), HasSubstr("at byte 5: expected ':', '|' or '}'"));
    EXPECT_THAT(refusal("${sn|lower|}"), HasSubstr("at byte 12: expected a filter after '|': 'lower'"));
    EXPECT_THAT(refusal("${sn|}"), HasSubstr("at byte 6: expected a filter after '|': 'lower'"));
    EXPECT_THAT(refusal("${sn:}"), HasSubstr("at byte 6: expected the prefix"));
    EXPECT_THAT(refusal("${sn:|lower}"), HasSubstr("at byte 6: expected the prefix"));
    EXPECT_THAT(refusal("${domain:x}"), HasSubstr("'domain' has no prefixes"));
    EXPECT_THAT(refusal("${a${b}}"), HasSubstr("at byte 4: expected"));
}

TEST(Template, NamesAFilterThatDoesNotExistAndThoseThatDo) {
    EXPECT_THAT(refusal("${sn|title}"),
                HasSubstr("at byte 6: unknown filter 'title': the filters are 'lower', 'upper' and 'trim'"));
    EXPECT_THAT(refusal("x${sn:A|trim|Lower}"), HasSubstr("at byte 14: unknown filter 'Lower'"));
    EXPECT_THAT(refusal("${sn| lower}"), HasSubstr("unknown filter ' lower'"));
    EXPECT_THAT(refusal("${sn|a\n}"), HasSubstr("unknown filter 'a\\x0a'"));
}

TEST(Template, NamesItsAttributesWithoutTheDomain) {
    EXPECT_THAT(Template::parse("${a}${domain}${objectGUID}${A|lower}$${x}")->attributes(),
                ElementsAre("a", "objectGUID"));
}

TEST(Mapped, TakesTheFirstTemplateThatYieldsText) {
    TemplateChain chain;
    for (const auto* source : {"${mail}", "${sAMAccountName}@${domain}", "never"}) {
        chain.push_back(*Template::parse(source));
    }
    AttributeNames names;
    for (auto& one : chain) one.bind(names);

    const auto without = packed(names, alice);
    const auto second = mapped(chain, AttributesView(without.bytes()), domain);
    EXPECT_EQ(second.value, "alice@corp.example.com");
    EXPECT_EQ(second.template_index, 1);

    const auto with = packed(names, {{"mail", "a@x"}, {"sAMAccountName", "alice"}});
    const auto first = mapped(chain, AttributesView(with.bytes()), domain);
    EXPECT_EQ(first.value, "a@x");
    EXPECT_EQ(first.template_index, 0);

    const auto none = mapped({}, AttributesView(with.bytes()), domain);
    EXPECT_EQ(none.value, "");
    EXPECT_EQ(none.template_index, -1);
}

std::vector<std::string> lines(const std::vector<TargetMapping>& targets) {
    std::vector<std::string> out;
    for (const auto& mapping : targets) {
        std::string line = mapping.target + " <-";
        for (const auto& one : mapping.chain) line += " " + one.source();
        out.push_back(line);
    }
    return out;
}

// semantics 3.2.
TEST(Mapping, HasTheDefaults) {
    const auto mapping = Mapping::defaults();
    EXPECT_THAT(lines(mapping.user),
                ElementsAre("userName <- ${userPrincipalName} ${sAMAccountName}@${domain}",
                            "email <- ${mail}", "displayName <- ${displayName}", "givenName <- ${givenName}",
                            "familyName <- ${sn}", "middleName <- ${initials}"));
    EXPECT_THAT(lines(mapping.group),
                ElementsAre("displayName <- ${sAMAccountName}@${domain}", "description <- ${description}"));
}

TEST(Mapping, BindNamesEveryAttributeOnce) {
    auto mapping = Mapping::defaults();
    AttributeNames names;
    mapping.bind(names);
    EXPECT_THAT(names.all(), ElementsAre("userPrincipalName", "sAMAccountName", "mail", "displayName",
                                         "givenName", "sn", "initials", "description"));
    mapping.bind(names);
    EXPECT_EQ(names.size(), 8U);
}

}  // namespace
}  // namespace dirsync::sync
