#pragma once

#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {

using Pairs = std::set<std::pair<std::string, std::string>>;

inline std::string at(const std::string& name) { return name + "@corp.example.com"; }

/// The engine on a directory of one domain and an empty store in memory.
class CycleTest : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    void scope_group(const std::string& name) { bench.settings.scope.groups.push_back(scope_name(at(name))); }
    void scope_user(const std::string& name) { bench.settings.scope.users.push_back(scope_name(at(name))); }
    std::string id_of(const std::string& name) { return bench.users().at(at(name))["user_id"]; }
};

}  // namespace dirsync::testing
