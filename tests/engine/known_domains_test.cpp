#include "engine/known_domains.hpp"

#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

DomainFacts domain(std::uint8_t number, const std::string& name, std::uint64_t usn = 0) {
    DomainFacts facts;
    facts.guid.bytes[0] = number;
    facts.dns_name = name;
    facts.at.dc = "dc";
    facts.at.highest_usn = usn;
    return facts;
}

const std::string corp = "corp.example.com";
const std::string emea = "emea.example.com";

TEST(KnownDomains, KeepTheirPlaceWhateverTheirOrder) {
    KnownDomains domains;
    std::vector<DomainFacts> first{domain(1, corp), domain(2, emea)};
    EXPECT_EQ(domains.place(first), (std::vector<DomainIndex>{0, 1}));
    std::vector<DomainFacts> turned{domain(2, emea), domain(1, corp), domain(3, "new.example.com")};
    EXPECT_EQ(domains.place(turned), (std::vector<DomainIndex>{1, 0, 2}));
    EXPECT_EQ(turned[0].domain, 1);
    EXPECT_EQ(domains.names(), (std::vector<std::string>{corp, emea, "new.example.com"}));
    const std::vector<std::string> configured{emea};
    EXPECT_EQ(domains.active(configured), (std::vector<bool>{false, true, false}));
}

TEST(KnownDomains, WhatWasReadWholeCountsOfTheSameServerOnly) {  // semantics 5.1
    KnownDomains domains;
    std::vector<DomainFacts> read{domain(1, corp, 70)};
    domains.were_read_whole(domains.place(read));
    EXPECT_EQ(domains.unchanged_until(std::vector{domain(1, corp, 90)}), std::vector<std::uint64_t>{70});
    EXPECT_EQ(domains.unchanged_until(std::vector{domain(1, corp, 60)}), std::vector<std::uint64_t>{0})
        << "it was put back";
    DomainFacts other = domain(1, corp, 90);
    other.at.dc = "another";
    EXPECT_EQ(domains.unchanged_until(std::vector{other}), std::vector<std::uint64_t>{0});
    std::vector<DomainFacts> followed{domain(1, corp, 90)};
    domains.place(followed);
    EXPECT_EQ(domains.all()[0].whole.highest_usn, 70U) << "a read of changes is not a whole one";
}

TEST(KnownDomains, DatabaseThatWasPutBackStaysDistrusted) {  // semantics 5.16
    KnownDomains domains;
    DomainFacts read = domain(1, corp, 70);
    read.at.invocation_id.bytes[0] = 9;
    read.seen = read.watermarks = {read.at};
    std::vector<DomainFacts> reads{read};
    domains.were_read_whole(domains.place(reads));
    domains.note_seen();
    EXPECT_FALSE(domains.distrust({}));
    EXPECT_FALSE(domains.distrust(std::vector{ObjectGuid()})) << "of another database";
    const std::vector put_back{read.at.invocation_id};
    EXPECT_TRUE(domains.distrust(put_back));
    EXPECT_FALSE(domains.distrust(put_back)) << "no news";
    EXPECT_TRUE(domains.all()[0].seen[0].was_put_back);
    EXPECT_TRUE(domains.all()[0].watermarks[0].was_put_back);
    DomainFacts overtaken = read;
    overtaken.at.highest_usn = 90;
    EXPECT_EQ(domains.unchanged_until(std::vector{overtaken}), std::vector<std::uint64_t>{0});
    domains.load({read}, false);
    EXPECT_TRUE(domains.all()[0].seen[0].was_put_back) << "what the store could not be told";
}

TEST(KnownDomains, RememberHowFarTheyWereSeenUnlessTheStoreIsForeign) {  // semantics 5.16
    KnownDomains domains;
    DomainFacts seen = domain(1, corp);
    seen.seen.emplace_back();
    std::vector<DomainFacts> read{seen};
    domains.place(read);
    domains.note_seen();
    domains.load({domain(1, corp)}, false);
    EXPECT_EQ(domains.all()[0].seen.size(), 1U);
    domains.load({domain(1, corp)}, true);
    EXPECT_TRUE(domains.all()[0].seen.empty());
}

}  // namespace
}  // namespace dirsync::sync
