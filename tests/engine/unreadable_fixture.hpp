#pragma once

#include <string>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {

/// The account loses the right to read an attribute: an entry lacks it exactly as if somebody had cleared it.
class UnreadableTest : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    void SetUp() override {
        auto& staff = ad.add_group("staff");
        for (const char* name : {"alice", "bob"}) {
            auto& user = ad.add_user(name);
            user.attributes["mail"] = std::string(name) + "@example.com";
            user.attributes["department"] = "Sales";
            user.usn = 1;
            staff.members.insert(user.guid);
        }
        ad.find("staff")->usn = 1;
        bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
        ad.follow(ModelDirectory::Following::usn);
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
    }

    SyncBench::Row row(const std::string& name) { return bench.users().at(name + "@corp.example.com"); }
    std::string mail(const std::string& name) { return row(name)["email"]; }
    /// As an admin does in the directory: the USN moves on.
    void set(const std::string& name, const std::string& attribute, const std::string& value) {
        auto& user = *ad.find(name);
        user.attributes[attribute] = value;
        user.usn = 1'000'000;
    }
};

}  // namespace dirsync::testing
