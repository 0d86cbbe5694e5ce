#include "ldap/session/dc_locator.hpp"

#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::ldap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> targets(const std::vector<SrvRecord>& records) {
    std::vector<std::string> names;
    for (const auto& record : records) names.push_back(record.target);
    return names;
}

std::uint32_t highest(std::uint32_t limit) { return limit; }
std::uint32_t zero(std::uint32_t) { return 0; }

SrvRecord record(std::uint16_t priority, std::uint16_t weight, std::string target) {
    return SrvRecord{priority, weight, 389, std::move(target)};
}

// semantics 6.4
TEST(DcLocator, LowerPriorityNumberComesFirst) {
    const auto ordered =
        in_order_of_preference({record(20, 100, "c"), record(0, 1, "a"), record(10, 50, "b")}, zero);
    EXPECT_THAT(targets(ordered), ElementsAre("a", "b", "c"));
}

TEST(DcLocator, WithinAPriorityTheDrawDecides) {
    const std::vector<SrvRecord> records{record(0, 10, "a"), record(0, 90, "b")};
    EXPECT_THAT(targets(in_order_of_preference(records, highest)), ElementsAre("b", "a"));
    EXPECT_THAT(targets(in_order_of_preference(records, zero)), ElementsAre("a", "b"));
}

TEST(DcLocator, DrawsFollowTheWeights) {
    std::mt19937 engine(1);
    const RandomBelow random = [&engine](std::uint32_t limit) {
        return std::uniform_int_distribution<std::uint32_t>(0, limit)(engine);
    };
    std::map<std::string, int> firsts;
    for (int i = 0; i < 4000; ++i) {
        ++firsts[in_order_of_preference({record(0, 10, "a"), record(0, 30, "b"), record(0, 0, "never")},
                                        random)[0]
                     .target];
    }
    EXPECT_NEAR(firsts["b"], 3000, 250);
    EXPECT_NEAR(firsts["a"], 1000, 250);
    EXPECT_LT(firsts["never"], 250);
}

TEST(DcLocator, WeightsOfZeroAloneLeaveEveryRecordIn) {
    const auto ordered =
        in_order_of_preference({record(0, 0, "a"), record(0, 0, "b"), record(0, 0, "c")}, highest);
    EXPECT_THAT(targets(ordered), ::testing::UnorderedElementsAre("a", "b", "c"));
}

TEST(DcLocator, TheSameServerIsTriedOnce) {
    const auto ordered =
        in_order_of_preference({record(0, 1, "a"), record(10, 1, "a"), record(20, 1, "b")}, zero);
    EXPECT_THAT(targets(ordered), ElementsAre("a", "b"));
}

TEST(DcLocator, LoneDotMeansNoService) {
    EXPECT_THAT(in_order_of_preference({record(0, 0, ".")}, zero), IsEmpty());
    EXPECT_THAT(in_order_of_preference({}, zero), IsEmpty());
}

TEST(DcLocator, LdapsHasItsOwnPort) {
    const std::vector<SrvRecord> records{record(0, 1, "dc1.corp.example.com")};
    EXPECT_EQ(to_text(servers_of(records, true)[0]), "ldaps://dc1.corp.example.com");
    EXPECT_EQ(to_text(servers_of(records, false)[0]), "ldap://dc1.corp.example.com");
}

/// A DNS answer with one question and the given number of answers; `srv` is appended as it stands.
std::vector<unsigned char> dns_answer(unsigned char answers, const std::string& records) {
    const std::string header{"\x12\x34\x81\x80\0\1\0", 7};
    std::string text = header + static_cast<char>(answers) + std::string("\0\0\0\0", 4);
    text += std::string("\5_ldap\4_tcp\4corp\0\0\x21\0\1", 21);
    text += records;
    return {text.begin(), text.end()};
}

const std::string srv_record("\xc0\x0c\0\x21\0\1\0\0\0\x3c\0\x0c\0\x05\0\x64\x01\x85\3dc1\xc0\x17", 24);

TEST(DcLocator, AnswersAreDecodedWithCompressedNames) {
    EXPECT_THAT(srv_records_of(dns_answer(1, srv_record)), ElementsAre(record(5, 100, "dc1.corp")));
}

TEST(DcLocator, CutAnswersHaveNoRecords) {
    const auto whole = dns_answer(1, srv_record);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<unsigned char> cut(whole.begin(),
                                             whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_THAT(srv_records_of(cut), IsEmpty()) << size;
    }
}

TEST(DcLocator, RecordsOfOtherTypesAreSkipped) {
    const std::string address("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1", 16);
    EXPECT_THAT(srv_records_of(dns_answer(2, address + srv_record)), ElementsAre(record(5, 100, "dc1.corp")));
}

}  // namespace
}  // namespace dirsync::ldap
