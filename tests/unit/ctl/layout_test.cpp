#include "ctl/text/layout.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::ctl {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Le;

constexpr const char* yamada = "\u5c71\u7530\u592a\u90ce";  // four characters, eight cells
constexpr const char* jose = "Jose\u0301";                  // five characters, four cells

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::vector<std::size_t> widths_of(const std::string& text) {
    std::vector<std::size_t> widths;
    for (const auto& line : lines_of(text)) widths.push_back(cells(line));
    return widths;
}

TEST(Cells, AreThoseOfATerminal) {
    EXPECT_EQ(cells(""), 0u);
    EXPECT_EQ(cells("alice"), 5u);
    EXPECT_EQ(cells("\u00e9\u00e9"), 2u);
    EXPECT_EQ(cells(yamada), 8u);
    EXPECT_EQ(cells(jose), 4u);
    EXPECT_EQ(cells("\U0001F600"), 2u);
    EXPECT_EQ(cells("a\xff"), 2u) << "a byte of no character is one sign";
}

TEST(Tables, LineUpWithWideCharactersAndCombiningMarks) {
    const std::string text = aligned({{yamada, "x"}, {jose, "x"}, {"alice", "x"}});
    std::vector<std::size_t> columns;
    for (const auto& line : lines_of(text)) columns.push_back(cells(line.substr(0, line.find('x'))));
    EXPECT_THAT(columns, ElementsAre(10u, 10u, 10u)) << text;
}

TEST(Cut, LeavesWholeCharactersAndSaysThatSomethingIsMissing) {
    EXPECT_EQ(cut("alice", 5), "alice");
    EXPECT_EQ(cut("alice@example.com", 10), "alice@e...");
    EXPECT_EQ(cut(yamada, 7), "\u5c71\u7530...");
    EXPECT_EQ(cut(yamada, 6), "\u5c71...") << "half of a character is none";
    EXPECT_EQ(cut(std::string(jose) + " and others", 7), std::string(jose) + "...")
        << "a mark stays with its letter";
    EXPECT_EQ(cut("alice", 2), "al");
}

TEST(Wrapped, FoldsAtBlanksWithAHangingIndent) {
    EXPECT_EQ(wrapped("one two three four five", {16}), "one two three\n  four five");
    EXPECT_EQ(wrapped("  one two three four\nfive\n", {16}, 1), "  one two three\n   four\nfive\n");
    EXPECT_EQ(wrapped("one two three", {9}), "one two\nthree") << "there is no room for an indent";
    EXPECT_EQ(wrapped("one two three four", {}), "one two three four");
    EXPECT_EQ(wrapped("one two", {7}), "one two");
    EXPECT_EQ(wrapped("", {7}), "");
    EXPECT_EQ(wrapped("\n\n", {7}), "\n\n");
}

TEST(Wrapped, KeepsAWordThatIsTooWideInOnePiece) {
    EXPECT_EQ(wrapped("in /etc/dirsyncd/dirsyncd.yaml it is", {20}),
              "in\n  /etc/dirsyncd/dirsyncd.yaml\n  it is");
    EXPECT_EQ(wrapped("   0123456789012345678901234 x", {20}), "   0123456789012345678901234\n     x");
}

TEST(Wrapped, NeverLosesAWord) {
    const std::string text = "a bb  ccc   dddd eeeee ffffff ggggggg hhhhhhhh \u5c71\u7530 \u592a\u90ce zz";
    const auto words = [](const std::string& all) {
        std::vector<std::string> found;
        std::istringstream stream(all);
        for (std::string word; stream >> word;) found.push_back(word);
        return found;
    };
    for (std::size_t width = 1; width < 70; ++width) {
        for (std::size_t hanging = 0; hanging < 30; hanging += 7) {
            EXPECT_EQ(words(wrapped(text, {width}, hanging)), words(text)) << width << " " << hanging;
        }
    }
    EXPECT_THAT(widths_of(wrapped(text, {20}, 2)), Each(Le(20u)));
}

TEST(Aligned, FoldsTheLastColumnWithinItself) {
    const std::string text = aligned({{"state", "failing: no server answers at all"}, {"source", "a"}}, {25});
    EXPECT_EQ(text,
              "state   failing: no\n"
              "        server answers at\n"
              "        all\n"
              "source  a\n");
    EXPECT_EQ(aligned({{"a", "b c"}}, {}), "a  b c\n");
}

TEST(Tables, FitTheTerminal) {
    const std::string id = "0190aaaa-0000-7000-8000-000000000000";
    const std::string long_name(300, 'x');
    const std::string text = table({{"hold_id", "name", "reason"},
                                    {id, long_name, "it is neither visible nor provably deleted"},
                                    {id, "bob", "the same"}},
                                   {80});
    EXPECT_THAT(widths_of(text), Each(Le(80u))) << text;
    EXPECT_THAT(text, HasSubstr(id)) << "an id is copied";
    EXPECT_THAT(text, HasSubstr("xxx..."));
    EXPECT_THAT(text, HasSubstr("provably")) << "a sentence is folded, not cut";
    EXPECT_THAT(table({{"name"}, {long_name}}, {}), HasSubstr(long_name)) << "a pipe gets all of it";
}

TEST(Tables, ThatCannotFitKeepTheirColumnsApart) {
    const std::string id(36, 'a');
    const std::string text = table({{"run_id", "hold_id", "name"}, {id, id, std::string(40, 'n')}}, {60});
    EXPECT_THAT(lines_of(text).at(1), HasSubstr(id + "  " + id + "  nnnnnnn..."));
    const std::string word = table({{"message", "since"}, {std::string(60, 'w'), "then"}}, {40});
    EXPECT_THAT(word, HasSubstr("w  then"));
}

}  // namespace
}  // namespace dirsync::ctl
