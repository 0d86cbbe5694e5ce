#include "core/text.hpp"

#include <string>

#include <gtest/gtest.h>

namespace dirsync::text {
namespace {

/// `point` as UTF-8, without help from the code that is tested.
std::string utf8(char32_t point) {
    std::string out;
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | (point >> shift & 0x3FU)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0U | point >> 6U);
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0U | point >> 12U);
        tail(6), tail(0);
    } else {
        out += static_cast<char>(0xF0U | point >> 18U);
        tail(12), tail(6), tail(0);
    }
    return out;
}

bool is_surrogate(char32_t point) { return point >= 0xD800 && point <= 0xDFFF; }

// semantics 3.5: names compare by simple case folding.
TEST(Folded, MakesNamesThatDifferInCaseEqual) {
    EXPECT_EQ(folded("Alice@CORP.Example.COM"), "alice@corp.example.com");
    EXPECT_EQ(folded("M\u00dcLLER"), folded("m\u00fcller"));
    EXPECT_EQ(folded("\u03a3\u0399\u03a3\u03a5\u03a6\u039f\u03a3"),
              folded("\u03c3\u03b9\u03c3\u03c5\u03c6\u03bf\u03c2"));
    EXPECT_EQ(folded("\u0416\u0423\u041a"), folded("\u0436\u0443\u043a"));
    EXPECT_EQ(folded("\U00010400"), folded("\U00010428"));
    EXPECT_EQ(folded("\u00b5"), folded("\u03bc"));
    EXPECT_EQ(folded("\u1e9e"), folded("\u00df"));
}

// semantics 3.5: simple folding never changes the number of code points.
TEST(Folded, DoesNotExpand) {
    EXPECT_NE(folded("stra\u00dfe"), folded("strasse"));
    EXPECT_EQ(folded("\ufb03"), "\ufb03");
    EXPECT_EQ(folded("\u0130"), "\u0130");
    EXPECT_NE(folded("\u0130"), folded("i"));
    EXPECT_NE(folded("\u0131"), folded("i"));
}

TEST(Folded, KeepsLengthAndIsIdempotentForEveryCodePoint) {
    for (char32_t point = 1; point <= 0x10FFFF; ++point) {
        if (is_surrogate(point)) continue;
        const auto once = folded(utf8(point));
        ASSERT_EQ(length(once), 1U) << std::hex << static_cast<std::uint32_t>(point);
        ASSERT_EQ(folded(once), once) << std::hex << static_cast<std::uint32_t>(point);
    }
}

TEST(Folded, KeepsInvalidBytes) {
    const std::string broken =
        "A\xff\xc3"
        "B\xe2\x82";
    EXPECT_EQ(folded(broken),
              "a\xff\xc3"
              "b\xe2\x82");
    EXPECT_EQ(folded(std::string("\xc0\xaf", 2)), std::string("\xc0\xaf", 2));
}

TEST(Folded, AppendsBehindWhatIsThere) {
    std::string out = "KEY:";
    append_folded(out, "ABC");
    append_folded(out, "\u00c4");
    EXPECT_EQ(out, "KEY:abc\u00e4");
}

TEST(Utf8, AcceptsEveryCodePointButSurrogates) {
    for (char32_t point = 0; point <= 0x10FFFF; ++point) {
        ASSERT_EQ(is_valid_utf8(utf8(point)), !is_surrogate(point)) << static_cast<std::uint32_t>(point);
    }
}

TEST(Utf8, RefusesOverlongCutAndTooLarge) {
    for (const std::string bad :
         {"\xc0\x80", "\xc1\xbf", "\xe0\x80\xaf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
          "\xf8\x88\x80\x80\x80", "\xe2\x82", "\x80", "abc\xff"}) {
        EXPECT_FALSE(is_valid_utf8(bad)) << escaped(bad);
    }
    EXPECT_TRUE(is_valid_utf8(""));
    EXPECT_TRUE(is_valid_utf8(std::string("a\0b", 3)));
}

// semantics 3.4: a userName has no white space, of any script.
TEST(WhiteSpace, IsTheUnicodeProperty) {
    for (const char32_t point : {0x09U, 0x0AU, 0x0DU, 0x20U, 0x85U, 0xA0U, 0x1680U, 0x2000U, 0x200AU, 0x2028U,
                                 0x2029U, 0x202FU, 0x205FU, 0x3000U}) {
        EXPECT_TRUE(has_white_space("a" + utf8(point) + "b")) << static_cast<std::uint32_t>(point);
    }
    for (const char32_t point : {0x00U, 0x08U, 0x1FU, 0x180EU, 0x200BU, 0x200DU, 0xFEFFU}) {
        EXPECT_FALSE(has_white_space("a" + utf8(point) + "b")) << static_cast<std::uint32_t>(point);
    }
    EXPECT_FALSE(has_white_space("a\x85z"));  // a lone byte is no U+0085
}

TEST(Trimmed, TakesWhiteSpaceOffBothEnds) {
    EXPECT_EQ(trimmed("  a b\t\n"), "a b");
    EXPECT_EQ(trimmed("\u3000\u00a0x\u2028"), "x");
    EXPECT_EQ(trimmed(" \u2003 "), "");
    EXPECT_EQ(trimmed(""), "");
    EXPECT_EQ(trimmed(" \x80 "), "\x80");
}

TEST(Length, CountsCodePointsAndInvalidBytes) {
    EXPECT_EQ(length(""), 0U);
    EXPECT_EQ(length("abc"), 3U);
    EXPECT_EQ(length("\u00e4\u20ac\U0001F600"), 3U);
    EXPECT_EQ(length("a\xff\xfe"), 3U);
}

TEST(Case, ChangesLettersOfAllScripts) {
    EXPECT_EQ(lower("ABC\u00c4\u0416z"), "abc\u00e4\u0436z");
    EXPECT_EQ(upper("abc\u00e4\u0436Z"), "ABC\u00c4\u0416Z");
    EXPECT_EQ(upper("a\xffz"), "A\xffZ");
}

TEST(Escaped, LeavesNothingThatEndsOrForgesALine) {
    EXPECT_EQ(escaped("one\ntwo\r\x1b[0m"), "one\\x0atwo\\x0d\\x1b[0m");
    EXPECT_EQ(escaped("back\\x0aslash"), "back\\x5cx0aslash");
    EXPECT_EQ(escaped("CORP\\xaver CORP\\alice \\xa"), "CORP\\xaver CORP\\alice \\xa");
    EXPECT_EQ(escaped(std::string("\0\x7f", 2)), "\\x00\\x7f");
    EXPECT_EQ(escaped("\u0085"), "\\xc2\\x85");
    EXPECT_EQ(escaped("\u2028"), "\\xe2\\x80\\xa8");
    EXPECT_EQ(escaped("a\u202eb"), "a\\xe2\\x80\\xaeb");
    EXPECT_EQ(escaped("\xff\xc3"), "\\xff\\xc3");
    EXPECT_EQ(escaped("M\u00fcller \U0001F600"), "M\u00fcller \U0001F600");
}

}  // namespace
}  // namespace dirsync::text
