#include "core/visible_text.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace dirsync::text {
namespace {

using std::string_view_literals::operator""sv;

std::string hidden(std::string_view text) {
    const auto found = hidden_character(text);
    return found ? found->name + " at " + std::to_string(found->position) : std::string();
}

// semantics 3.8
TEST(HiddenCharacter, IsNamedWithItsPlace) {
    EXPECT_EQ(hidden("alice@corp.example.com"), "");
    EXPECT_EQ(hidden("\u00e4\u200bb"), "U+200B at 2");
    EXPECT_EQ(hidden("a\u00adb"), "U+00AD at 2");
    EXPECT_EQ(hidden("ab\u202ec"), "U+202E at 3");
    EXPECT_EQ(hidden("\u2066a"), "U+2066 at 1");
    EXPECT_EQ(hidden("a\ufeff"), "U+FEFF at 2");
    EXPECT_EQ(hidden("a\U000e0041"), "U+E0041 at 2");
    EXPECT_EQ(hidden("a\0b"sv), "U+0000 at 2");
    EXPECT_EQ(hidden("a\x1b[0m"), "U+001B at 2");
    EXPECT_EQ(hidden("a\u009bb"), "U+009B at 2");
    EXPECT_EQ(hidden("a\x7f"), "U+007F at 2");
}

// semantics 3.8
TEST(HiddenCharacter, IsWhatShowsNothing) {
    EXPECT_EQ(hidden("admins\u3164"), "U+3164 at 7") << "a Hangul filler is a letter";
    EXPECT_EQ(hidden("a\u115fb"), "U+115F at 2");
    EXPECT_EQ(hidden("a\uffa0"), "U+FFA0 at 2");
    EXPECT_EQ(hidden("a\u2800b"), "U+2800 at 2") << "an empty Braille pattern";
    EXPECT_EQ(hidden("a\u034fb"), "U+034F at 2");
    EXPECT_EQ(hidden("a\ufe0f"), "U+FE0F at 2");
    EXPECT_EQ(hidden("\u5c71\U000e0100"), "U+E0100 at 2");
    EXPECT_EQ(hidden("a\u180b"), "U+180B at 2");
    EXPECT_EQ(hidden("a\u2065"), "U+2065 at 2") << "unassigned, and ignored";
    EXPECT_EQ(hidden("a\ufffc"), "U+FFFC at 2");
    EXPECT_EQ(hidden("a\U000e01f0"), "U+E01F0 at 2");
    EXPECT_EQ(hidden("\u2764\ufe0f \U0001f6e1\ufe0f"), "") << "pictographs";
    EXPECT_EQ(hidden("\u2764\ufe0f\ufe0f"), "U+FE0F at 3");
    EXPECT_EQ(hidden("\u1820\u180b\u1821"), "") << "Mongolian";
}

TEST(HiddenCharacter, IsWhatIsNoUtf8) {
    EXPECT_EQ(hidden("a\xed\xa0\xbd"), "U+D83D at 2") << "half of a surrogate pair";
    EXPECT_EQ(hidden("\xed\xbf\xbf"), "U+DFFF at 1");
    EXPECT_EQ(hidden("ab\xff"), "the byte 0xFF at 3");
    EXPECT_EQ(hidden("\xc3"), "the byte 0xC3 at 1");
}

TEST(HiddenCharacter, IsNothingThatIsSeen) {
    for (const auto text : {"M\u00fcller", "\uff41\uff42", "\u5c71\u7530", "\U0001f600", "e\u0301", "a b",
                            "\u05d0\u05d1", "\u0645\u062d\u0645\u062f"}) {
        EXPECT_EQ(hidden(text), "") << text;
    }
}

TEST(HiddenCharacter, IsNoJoinerBetweenLettersThatNeedIt) {
    EXPECT_EQ(hidden("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"), "") << "Persian";
    EXPECT_EQ(hidden("\u0915\u094d\u200d\u0937"), "") << "Devanagari, behind a virama";
    EXPECT_EQ(hidden("\u0dc1\u0dca\u200d\u0dbb\u0dd3"), "") << "Sinhala";
    EXPECT_EQ(hidden("\u0bb5\u0bbf\u200c\u0b95"), "") << "Tamil, behind a vowel sign";
    EXPECT_EQ(hidden("a\u200cb"), "U+200C at 2");
    EXPECT_EQ(hidden("a\u200d\u0645"), "U+200D at 2");
    EXPECT_EQ(hidden("\u0645\u200da"), "U+200D at 2");
    EXPECT_EQ(hidden("\u0645\u200c"), "U+200C at 2") << "at the end";
    EXPECT_EQ(hidden("\u200c\u0645"), "U+200C at 1") << "at the start";
    EXPECT_EQ(hidden("\u0645\u200c\u200c\u0645"), "U+200C at 2") << "two of them";
    EXPECT_EQ(hidden("\u0645\u200c\u0915"), "U+200C at 2") << "between two scripts";
    EXPECT_EQ(hidden("\u0645\u0664\u200c\u0645"), "U+200C at 3") << "behind a digit";
    EXPECT_EQ(hidden("\U0001f468\u200d\U0001f469"), "U+200D at 2") << "emoji";
}

TEST(Printable, LeavesNothingThatMovesHidesOrTurns) {
    EXPECT_EQ(printable("plain CORP\\alice"), "plain CORP\\alice");
    EXPECT_EQ(printable("a\x1b[2J\u009bz\n\t\x7f"), "a\\u{1b}[2J\\u{9b}z\\u{a}\\u{9}\\u{7f}");
    EXPECT_EQ(printable("a\u202eb\u200b\u00ad\u2028\u2029\U000e0041"),
              "a\\u{202e}b\\u{200b}\\u{ad}\\u{2028}\\u{2029}\\u{e0041}");
    EXPECT_EQ(printable("\xed\xa0\xbd\xff\x9b"), "\\u{d83d}\\x{ff}\\x{9b}");
    EXPECT_EQ(printable("M\u00fcller \U0001f600"), "M\u00fcller \U0001f600");
    EXPECT_EQ(printable("\u0645\u06cc\u200c\u062e"), "\u0645\u06cc\u200c\u062e");
    EXPECT_EQ(printable("\0"sv), "\\u{0}");
}

TEST(Printable, OfLinesKeepsThem) {
    EXPECT_EQ(printable_lines("a\tb\nc\x1b\r\u202e\n"), "a\tb\nc\\u{1b}\\u{d}\\u{202e}\n");
    EXPECT_EQ(printable_lines(printable_lines("a\u202e\n")), "a\\u{202e}\n") << "twice is once";
}

TEST(VisibleJson, MeansTheSame) {
    EXPECT_EQ(visible_json("{\"a\": \"\u00e4\"}\n"), "{\"a\": \"\u00e4\"}\n");
    EXPECT_EQ(visible_json("[\"\u009b\u202e\u2028\x7f\"]"), "[\"\\u009b\\u202e\\u2028\\u007f\"]");
    EXPECT_EQ(visible_json("\"\U000e0041\""), "\"\\udb40\\udc41\"");
    EXPECT_EQ(visible_json("\"\xff\""), "\"\\ufffd\"");
    EXPECT_EQ(visible_json("{\x1b[2J"), "{\\u001b[2J") << "no JSON, and safe all the same";
}

}  // namespace
}  // namespace dirsync::text
