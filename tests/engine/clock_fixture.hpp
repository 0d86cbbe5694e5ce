#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {

using Following = ModelDirectory::Following;
using sync::HoldClass;
using sync::Outcome;

constexpr Duration minute{60};
constexpr Duration day{86400};

inline std::string at(const std::string& name) { return name + "@corp.example.com"; }

/// `population` users in a group; the first `expired` of them expired ten days ago.
class WrongClock : public ::testing::TestWithParam<Following> {
protected:
    static constexpr std::size_t population = 60;

    void SetUp() override {
        auto& staff = ad.add_group("staff");
        for (std::size_t i = 0; i < population; ++i) {
            people.push_back(ad.add_user("user" + std::to_string(i)).guid);
            staff.members.insert(people.back());
        }
        bench.settings.scope.groups = {scope_name(at("staff"))};
        ad.follow(GetParam());
    }
    void expire(std::size_t first, std::size_t last, Time when) {
        for (std::size_t i = first; i < last; ++i)
            ad.object(people[i]).expires = when.time_since_epoch().count();
    }
    std::size_t disabled() {
        std::size_t count = 0;
        for (auto& [name, row] : bench.users()) count += row["status"] == "DISABLED" ? 1U : 0U;
        return count;
    }
    std::size_t out() {
        std::size_t count = 0;
        for (auto& [name, row] : bench.users()) count += row["scope"] == "out" ? 1U : 0U;
        return count;
    }
    void leave(std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) ad.find("staff")->members.erase(people[i]);
    }
    /// A cycle while time is in doubt.
    sync::CycleReport doubtful(bool full = false) {
        const auto report = bench.cycle(full);
        EXPECT_EQ(report.run.outcome, Outcome::partial);
        EXPECT_EQ(report.exit_code(false), 75);
        EXPECT_FALSE(report.scope_warnings.empty());
        if (!report.scope_warnings.empty()) {
            EXPECT_EQ(report.scope_warnings.front(), report.time_doubt);
        }
        EXPECT_EQ(report.time_doubt.find("the clock of this host says"), 0u);
        EXPECT_EQ(bench.status().time_doubt, report.time_doubt);
        return report;
    }
    void certain() {
        const auto report = bench.cycle();
        EXPECT_EQ(report.exit_code(false), 0);
        EXPECT_EQ(report.time_doubt, "");
        EXPECT_EQ(bench.status().time_doubt, "");
        EXPECT_TRUE(report.scope_warnings.empty());
    }

    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    std::vector<ObjectGuid> people;
};

inline std::string mode_name(const ::testing::TestParamInfo<Following>& mode) {
    if (mode.param == Following::none) return "Full";
    return mode.param == Following::usn ? "Usn" : "DirSync";
}

inline auto all_modes() { return ::testing::Values(Following::none, Following::usn, Following::dirsync); }

}  // namespace dirsync::testing
