#include "ldap/member_ranges.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

namespace dirsync::ldap {
namespace {

using Next = MemberRanges::Next;

/// A group as a DC with Windows' limit answers about it, and which may change between two answers.
class Group {
public:
    explicit Group(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) members_.push_back("m" + std::to_string(i));
    }
    void add(const std::string& name) {
        members_.insert(members_.begin(), name);
        ++usn_;
    }
    void delete_object(std::size_t index) {
        members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(index));
    }

    /// Reads whole; `between(n)` runs after the n-th answer. What was kept at the end, or nothing.
    std::optional<std::vector<std::string>> read(std::size_t limit, const std::function<void(int)>& between) {
        MemberRanges ranges;
        std::vector<std::string> kept;
        for (int answers = 1; answers < 100; ++answers) {
            const auto attribute = ranges.next_attribute();
            const std::string prefix = "member;range=";
            std::uint64_t first = 0;
            std::from_chars(attribute.data() + prefix.size(), attribute.data() + attribute.size(), first);
            const auto usn = std::to_string(usn_);
            auto next = Next::refused;
            std::vector<std::string> values;
            if (first >= members_.size()) {
                next = ranges.take_none();
            } else {
                const auto end = std::min<std::size_t>(first + limit, members_.size());
                values.assign(members_.begin() + static_cast<std::ptrdiff_t>(first),
                              members_.begin() + static_cast<std::ptrdiff_t>(end));
                MemberRanges::Answer answer{usn, first, end - 1, values};
                if (end == members_.size()) answer.last.reset();
                next = ranges.take(answer);
            }
            if (next == Next::changed) ++restarts_;
            if (next == Next::changed) kept.clear();
            if (next == Next::refused) return std::nullopt;
            kept.insert(kept.end(), ranges.fresh_values().begin(), ranges.fresh_values().end());
            if (next == Next::done) return kept;
            between(answers);
        }
        return std::nullopt;
    }
    const std::vector<std::string>& members() const { return members_; }
    int restarts() const { return restarts_; }

private:
    std::vector<std::string> members_;
    int usn_ = 100;
    int restarts_ = 0;
};

void nothing(int) {}

// semantics 6.3
TEST(MemberRanges, ListsOfEveryLengthComeWholeAndOnce) {
    for (std::size_t count = 0; count < 40; ++count) {
        for (const std::size_t limit : {2U, 3U, 10U}) {
            Group group(count);
            EXPECT_EQ(group.read(limit, nothing), group.members()) << count << " by " << limit;
            EXPECT_EQ(group.restarts(), 0);
        }
    }
}

TEST(MemberRanges, MemberAddedBetweenTwoRangesIsInTheResult) {
    Group group(30);
    const auto read = group.read(10, [&group](int answers) {
        if (answers == 2) group.add("new");
    });
    EXPECT_EQ(read, group.members());
    EXPECT_EQ(group.restarts(), 1);
}

TEST(MemberRanges, ObjectDeletedBetweenTwoRangesHidesNobody) {
    for (std::size_t index = 0; index < 30; ++index) {
        Group group(30);
        const auto read = group.read(10, [&group, index](int answers) {
            if (answers == 1) group.delete_object(index);
        });
        ASSERT_TRUE(read);
        ASSERT_EQ(group.members().size(), 29U);
        for (const auto& member : group.members()) {
            EXPECT_EQ(std::count(read->begin(), read->end(), member), 1)
                << member << " with " << index << " deleted";
        }
    }
}

TEST(MemberRanges, GroupEmptiedBetweenTwoRangesIsReadAgain) {
    Group group(30);
    const auto read = group.read(10, [&group](int answers) {
        while (answers == 1 && !group.members().empty()) group.delete_object(0);
    });
    EXPECT_EQ(read, group.members());
}

TEST(MemberRanges, AnswersToOtherQuestionsAreRefused) {
    const std::vector<std::string> values{"a", "b"};
    MemberRanges ranges;
    EXPECT_EQ(ranges.take({"1", 5, std::nullopt, values}), Next::refused);
    EXPECT_EQ(MemberRanges().take({"1", 0, 7, values}), Next::refused);
    EXPECT_EQ(ranges.take({"1", 0, 1, values}), Next::more);
    EXPECT_EQ(ranges.next_attribute(), "member;range=1-*");
    const std::vector<std::string> same{"b"};
    EXPECT_EQ(ranges.take({"1", 1, 1, same}), Next::refused) << "asks for the same range for ever";
}

}  // namespace
}  // namespace dirsync::ldap
