#include "ldap/newest_told.hpp"

#include <gmock/gmock.h>

namespace dirsync::ldap {
namespace {

using ::testing::ElementsAre;

class Nobody : public sync::EntrySink {
public:
    void take(sync::Entry&&) override {}
    void take(sync::QuarantinedEntry&&) override {}
    void take(sync::MemberChanges&&) override {}
    void take_deleted(const ObjectGuid&, sync::DomainIndex) override {}
    void take_unseen(const ObjectGuid&) override { ++unseen; }
    int unseen = 0;
};

ObjectGuid guid(int n) {
    return parse<ObjectGuid>("00000000-0000-0000-0000-00000000000" + std::to_string(n)).value();
}

// semantics 5.16: who was gone before it could be read is looked up, and its tombstone is evidence as any
// other is.
TEST(NewestTold, WhatCouldNotBeFoundIsAskedForItsUsn) {
    Nobody inner;
    NewestTold told(inner);
    told.take_deleted(guid(1), 0);
    told.take_unseen(guid(2));
    EXPECT_THAT(told.without_usn(), ElementsAre(guid(1), guid(2)));
    EXPECT_EQ(inner.unseen, 1);
}

// semantics 5.16: that somebody is not to be found says nothing of the right to see deleted objects.
TEST(NewestTold, WhatCouldNotBeFoundIsNoDeletion) {
    Nobody inner;
    NewestTold told(inner);
    told.take_unseen(guid(1));
    EXPECT_FALSE(told.deletions());
}

}  // namespace
}  // namespace dirsync::ldap
