#include "ldap/link_reader.hpp"

#include <gtest/gtest.h>

namespace dirsync::ldap {
namespace {

using sync::LinkFate;

TEST(LinkEvidence, WhoNamesTheGroupIsInIt) {  // 5.15
    LinkEvidence evidence;
    evidence.is_named = evidence.shows_groups = evidence.is_one_domain = evidence.may_read_list = true;
    EXPECT_EQ(fate_of(evidence), LinkFate::present);
}

TEST(LinkEvidence, WhoNamesOthersIsNot) {  // 5.15
    LinkEvidence evidence;
    evidence.shows_groups = evidence.is_one_domain = true;
    EXPECT_EQ(fate_of(evidence), LinkFate::absent);
}

TEST(LinkEvidence, AnEmptyMemberOfIsProofOnlyWhereItMayBeRead) {  // 5.15
    LinkEvidence evidence;
    evidence.is_one_domain = true;
    EXPECT_EQ(fate_of(evidence), LinkFate::unknown);
    evidence.may_read_back = true;
    EXPECT_EQ(fate_of(evidence), LinkFate::absent);
}

TEST(LinkEvidence, MemberOfTellsOfItsOwnDomainAlone) {  // 5.15
    LinkEvidence evidence;
    evidence.shows_groups = evidence.may_read_back = true;
    EXPECT_EQ(fate_of(evidence), LinkFate::unknown);
    evidence.may_read_list = true;
    EXPECT_EQ(fate_of(evidence), LinkFate::not_listed);
}

}  // namespace
}  // namespace dirsync::ldap
