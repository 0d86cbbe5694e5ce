#include <cstdio>

#include <gmock/gmock.h>

#include "directory_fixture.hpp"
#include "proxy.hpp"

namespace dirsync::lab {
namespace {

using sync::EntryKind;
using sync::Fate;
using ::testing::HasSubstr;

/// Makes and deletes a user of its own in the lab.
class LookUpTest : public DirectoryTest {
protected:
    void SetUp() override {
        DirectoryTest::SetUp();
        if (IsSkipped()) return;
        dn_ = "CN=" + name_ + ",CN=Users," + lab()["AD_BASE_DN"];
        ldif("ldapadd", "dn: " + dn_ + "\nobjectClass: user\nsAMAccountName: " + name_ + "\n");
    }
    void TearDown() override {
        if (!dn_.empty() && !deleted_) erase();
    }
    void erase() {
        ldif("ldapmodify", "dn: " + dn_ + "\nchangetype: delete\n");
        deleted_ = true;
    }
    void ldif(const std::string& program, const std::string& text) {
        const std::string command = "env -u LDAPNOINIT LDAPTLS_CACERT=" + lab()["AD_CA_FILE"] + " " +
                                    program + " -x -H ldaps://" + lab().ip() + " -D '" +
                                    lab()["AD_ADMIN_BIND_DN"] + "' -y " + lab()["AD_ADMIN_PASSWORD_FILE"] +
                                    " >/dev/null";
        FILE* pipe = ::popen(command.c_str(), "w");
        ASSERT_NE(pipe, nullptr);
        std::fputs(text.c_str(), pipe);
        EXPECT_EQ(::pclose(pipe), 0) << command;
    }
    ObjectGuid guid_of_ours() {
        read_whole();
        const auto* entry = sink_.find("CN=" + name_ + ",");
        if (entry == nullptr) ADD_FAILURE() << dn_ << " was not read";
        return entry == nullptr ? ObjectGuid() : entry->guid;
    }
    std::vector<Fate> look_up(std::vector<ObjectGuid> guids) {
        sink_ = {};
        auto fates = run(directory_->look_up(std::move(guids), names, sink_));
        if (!fates) ADD_FAILURE() << fates.error().message();
        return fates ? *fates : std::vector<Fate>();
    }

    std::string name_ =
        "itl" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count() % 1'000'000'000);
    std::string dn_;
    bool deleted_ = false;
};

// semantics 5.2
TEST_F(LookUpTest, LivingDeletedAndUnknownAreToldApart) {
    make({ldaps()}, lab().simple());
    const auto ours = guid_of_ours();
    const auto* big = sink_.find("CN=big5500,");
    ASSERT_NE(big, nullptr);
    const auto group = big->guid;
    const auto unknown = parse<ObjectGuid>("00000000-1111-2222-3333-444444444444").value();
    EXPECT_THAT(look_up({unknown, ours, group}),
                ::testing::ElementsAre(Fate::invisible, Fate::alive, Fate::alive));
    ASSERT_EQ(sink_.entries.size(), 2U);
    const auto* found = sink_.find("CN=big5500,");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->members.size(), 5500U);

    erase();
    EXPECT_THAT(look_up({ours, unknown, group}),
                ::testing::ElementsAre(Fate::deleted, Fate::invisible, Fate::alive));
    EXPECT_EQ(sink_.entries.size(), 1U);
}

TEST_F(LookUpTest, AccountThatCannotSeeDeletedObjectsProvesNothing) {
    auto bind = lab().simple();
    bind.dn = lab()["AD_PLAIN_BIND_DN"];
    bind.password_file = lab()["AD_PLAIN_PASSWORD_FILE"];
    make({ldaps()}, bind);
    const auto ours = guid_of_ours();
    erase();
    EXPECT_THAT(look_up({ours}), ::testing::ElementsAre(Fate::invisible));
    const auto summary = read();
    ASSERT_TRUE(summary);
    ASSERT_EQ(summary->notes.size(), 1U);
    EXPECT_THAT(summary->notes[0], HasSubstr("CN=Deleted Objects"));
}

TEST_F(LookUpTest, ManyGuidsAreLookedUpInBatches) {
    make({ldap()}, lab().gssapi());
    read_whole();
    std::vector<ObjectGuid> guids;
    for (const auto& entry : sink_.entries) {
        if (guids.size() < 350 && entry.kind == EntryKind::user) guids.push_back(entry.guid);
    }
    const auto fates = look_up(guids);
    EXPECT_EQ(std::count(fates.begin(), fates.end(), Fate::alive), 350);
    EXPECT_EQ(sink_.entries.size(), 350U);
}

TEST_F(LookUpTest, FailedLookUpIsAnErrorNeverInvisible) {
    Proxy proxy(lab().ip(), 636);
    make({"ldaps://" + lab().ip() + ":" + std::to_string(proxy.port())}, lab().simple());
    const auto ours = guid_of_ours();
    proxy.fail_after(Proxy::Fault::cut, 0);
    const auto fates = run(directory_->look_up({ours}, names, sink_));
    ASSERT_FALSE(fates);
    EXPECT_EQ(fates.error().error_class(), ErrorClass::transient);
}

TEST_F(LookUpTest, AccountThatSeesDeletedObjectsGetsNoNote) {
    erase();
    make({ldaps()}, lab().simple());
    connect();
    const auto summary = read();
    ASSERT_TRUE(summary);
    EXPECT_TRUE(summary->notes.empty());
}

}  // namespace
}  // namespace dirsync::lab
