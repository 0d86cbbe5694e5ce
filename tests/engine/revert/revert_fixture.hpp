#pragma once

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "model/seams/admin_store.hpp"
#include "store/memory/store.hpp"
#include "store/sqlite/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {

using Pairs = std::set<std::pair<std::string, std::string>>;

inline std::string at(const std::string& name) { return name + "@corp.example.com"; }

enum class Backend { memory, sqlite };

inline std::string name_of(const ::testing::TestParamInfo<Backend>& instance) {
    return instance.param == Backend::memory ? "memory" : "sqlite";
}

/// A synced domain: `staff` with alice and bob, `team` with bob.
class Revert : public ::testing::TestWithParam<Backend> {
protected:
    Revert() {
        staff = ad.add_group("staff").guid;
        team = ad.add_group("team").guid;
        alice = ad.add_user("alice").guid;
        bob = ad.add_user("bob").guid;
        ad.object(staff).members = {alice, bob};
        ad.object(team).members = {bob};
        bench.settings.scope.groups = {scope_name(at("staff")), scope_name(at("team"))};
        EXPECT_TRUE(bench.cycle().wrote);
        before = picture();
    }
    ~Revert() override {
        EXPECT_TRUE(bench.store().check_integrity().has_value());
        std::error_code ignored;
        if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
    }

    /// All rows and memberships as consumers see them, without the times of writing.
    struct Picture {
        std::map<std::string, SyncBench::Row> users, groups;
        Pairs memberships;
        bool operator==(const Picture&) const = default;
    };
    Picture picture() {
        Picture all{bench.users(), bench.groups(), bench.memberships()};
        for (auto* rows : {&all.users, &all.groups}) {
            for (auto& [name, row] : *rows) {
                for (const auto* column : {"created_at", "updated_at", "revision"}) row.erase(column);
            }
        }
        return all;
    }
    /// Takes the latest run back and expects nothing to be left over.
    void revert_last() {
        const auto report = bench.revert(bench.last_run_id());
        ASSERT_TRUE(report.has_value()) << report.error().message();
        EXPECT_TRUE(report->wrote);
        EXPECT_TRUE(report->not_restored.empty()) << report->not_restored.front().why;
    }
    /// Cycles of every kind hold what came back: one hold, and nothing is written but the hold.
    std::string expect_held(std::size_t objects) {
        const auto kept = picture();
        std::string id;
        for (const bool full : {false, true, false}) {
            const auto report = bench.cycle(full);
            EXPECT_EQ(report.exit_code(false), 3);
            EXPECT_EQ(report.changes, 0u);
            if (report.holds.size() != 1u) {
                ADD_FAILURE() << report.holds.size() << " holds";
                return "";
            }
            EXPECT_EQ(report.holds[0].hold, sync::HoldClass::reverted);
            EXPECT_EQ(report.holds[0].objects.size(), objects);
            EXPECT_TRUE(id.empty() || id == report.holds[0].id) << "the id of a hold stays";
            id = report.holds[0].id;
            EXPECT_EQ(picture(), kept);
        }
        bench.restart();
        EXPECT_EQ(bench.cycle().changes, 0u);
        EXPECT_EQ(picture(), kept);
        return id;
    }
    void expect_settled() {
        EXPECT_TRUE(bench.status().holds.empty());
        const auto facts = bench.store().facts();
        EXPECT_TRUE(facts.has_value() && facts->reverted.empty());
        EXPECT_FALSE(bench.cycle(true).wrote);
    }

    std::filesystem::path folder;
    SyncBench bench{GetParam() == Backend::memory ? store::make_memory_store() : sqlite()};
    ModelDirectory& ad = bench.directory;
    ObjectGuid staff, team, alice, bob;
    Picture before;

private:
    std::unique_ptr<sync::IdentityStore> sqlite() {
        std::string name = (std::filesystem::temp_directory_path() / "dirsync-revert-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        store::SqliteOptions options;
        options.path = folder / "identity.db";
        auto opened = store::open_sqlite(options);
        EXPECT_TRUE(opened.has_value()) << opened.error().message();
        return std::move(*opened);
    }
};

}  // namespace dirsync::testing
