#include "ldap/restored_entries.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace dirsync::ldap {
namespace {

using ::testing::ElementsAre;

class Words : public sync::EntrySink {
public:
    void take(sync::Entry&& entry) override { said.push_back("entry " + entry.dn); }
    void take(sync::QuarantinedEntry&& entry) override { said.push_back("quarantined " + entry.dn); }
    void take(sync::MemberChanges&&) override { said.push_back("members"); }
    void take_deleted(const ObjectGuid& guid, sync::DomainIndex domain) override {
        said.push_back("deleted " + to_text(guid).substr(35) + " in " + std::to_string(domain));
    }
    void take_unseen(const ObjectGuid& guid) override {
        said.push_back("unseen " + to_text(guid).substr(35));
    }
    std::vector<std::string> said;
};

ObjectGuid guid(int n) {
    return parse<ObjectGuid>("00000000-0000-0000-0000-00000000000" + std::to_string(n)).value();
}

sync::Entry entry(int n) {
    sync::Entry made;
    made.guid = guid(n);
    made.dn = std::to_string(n);
    made.domain = 4;
    return made;
}

// semantics 4.3
TEST(RestoredEntries, AreToldAsDeletedRightBeforeTheyCome) {
    Words words;
    RestoredEntries entries(words);
    entries.expect(guid(2));
    for (const int n : {1, 2, 2, 3}) entries.take(entry(n));
    EXPECT_THAT(words.said, ElementsAre("entry 1", "deleted 2 in 4", "entry 2", "entry 2", "entry 3"));
    EXPECT_THAT(entries.restored(), ElementsAre(guid(2)));
}

// semantics 5.2: deleted once, but whoever is not seen alive now may be hidden.
TEST(RestoredEntries, OfWhoeverDoesNotComeNothingIsSaid) {
    Words words;
    RestoredEntries entries(words);
    for (const int n : {1, 2, 3}) entries.expect(guid(n));
    entries.take(sync::QuarantinedEntry{guid(1), sync::EntryKind::user, "1", "malformed"});
    entries.take_unseen(guid(2));
    entries.take_deleted(guid(3), 7);
    EXPECT_THAT(words.said, ElementsAre("quarantined 1", "unseen 2", "deleted 3 in 7"));
    EXPECT_THAT(entries.restored(), ElementsAre());
}

}  // namespace
}  // namespace dirsync::ldap
