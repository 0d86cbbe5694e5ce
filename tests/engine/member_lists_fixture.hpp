#pragma once

#include <string>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {

using Following = ModelDirectory::Following;

constexpr std::uint64_t later = 1'000'000;  // above what any read notes

/// A list of members that shows fewer than before is no evidence by itself (semantics 5.15).
class MemberLists : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    void SetUp() override {
        auto& staff = ad.add_group("staff");
        for (const char* name : {"alice", "bob", "carol"}) {
            auto& user = ad.add_user(name);
            user.usn = 1;
            staff.members.insert(user.guid);
        }
        ad.find("staff")->usn = 1;
        // As the groups of every domain, which always have somebody.
        auto& guest = ad.add_user("guest");
        guest.usn = 1;
        ad.add_group("guests").members.insert(guest.guid);
        bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
        ad.follow(GetParam());
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
        ASSERT_EQ(members(), 3U);
    }

    std::size_t members() { return bench.memberships().size(); }
    ModelDirectory::Object& staff() { return *ad.find("staff"); }
    void edit(ModelDirectory::Object& object, const std::string& description) {
        object.attributes["description"] = description;
        object.usn = later;
    }
    /// Nothing of the lists or of memberOf can be read any more.
    void hide_all() {
        ad.hide("member");
        ad.hide("memberOf");
    }
    /// Another member, who has no row; then nothing of it can be read any more.
    void list_dan_without_a_row() {
        auto& dan = ad.add_user("dan");
        dan.attributes["userPrincipalName"] = "white space@corp.example.com";
        dan.usn = 1;
        staff().members.insert(dan.guid);
        staff().usn = later;
        bench.cycle(true);
        hide_all();
        edit(staff(), "edited");
    }
    sync::Hold only_hold(const sync::CycleReport& report) {
        EXPECT_EQ(report.holds.size(), 1U);
        return report.holds.empty() ? sync::Hold() : report.holds[0];
    }
};

inline std::string mode_name(const ::testing::TestParamInfo<Following>& mode) {
    return mode.param == Following::none ? "Full" : mode.param == Following::usn ? "Usn" : "DirSync";
}

}  // namespace dirsync::testing
