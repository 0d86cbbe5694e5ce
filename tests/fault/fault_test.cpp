#include <filesystem>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "store/sqlite/store.hpp"
#include "tests/sim/expect.hpp"
#include "tests/sim/world.hpp"

namespace dirsync::sim {
namespace {

using testing::Fault;

/// Enough of everything that a cycle can meet: a first sync, nested groups, renames, leavers, a hidden user,
/// a deletion, a clock that runs out, a new mapping.
constexpr const char* script = R"(world 1:dirsync
add_ou 1 0 0
add_user 1 1 0
add_user 2 1 0
add_user 3 0 0
add_user 4 0 0
add_user 5 1 0
add_group 1 0 0
add_group 2 0 0
link 0 0 1
link 0 1 1
link 0 1 3
link 1 2 1
link 1 3 1
scope_add 0 0 3
scope_add 0 3 3
cycle 1 0 0
rename 0 7 0
disable 1 0 0
remove 3 0 0
deny_object 2 0 0
cycle 1 0 0
pass_time 2 0 0
set_mail 4 5 1
unlink 0 0 0
full_cycle 1 0 0
allow_all 0 0 0
scope_drop 0 0 0
mapping 1 0 0
cycle 1 0 0
pass_time 19 0 0
pass_time 19 0 0
link 1 0 1
undelete 0 0 0
cycle 1 0 0
)";

class Folder {
public:
    Folder() : path_((std::filesystem::temp_directory_path() / "dirsync-fault-XXXXXX").string()) {
        EXPECT_NE(::mkdtemp(path_.data()), nullptr);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::unique_ptr<sync::IdentityStore> store() const {
        store::SqliteOptions options;
        options.path = path_ + "/identity.db";
        return must(store::open_sqlite(options), options.path);
    }

private:
    std::string path_;
};

struct Lived {
    Verdict verdict;
    bool struck = false;
};

/// Lives the script with a fault at its `call`th call and the ones right behind it, a cycle without faults
/// behind each one that was hit. World::finish compares the store with the truth, worked out from scratch.
Lived live(std::unique_ptr<sync::IdentityStore> store, std::uint64_t call, Fault fault,
           std::uint64_t length) {
    const auto history = parse_history(script);
    EXPECT_TRUE(history.has_value());
    World world(history->setup, std::move(store));
    world.faults().strike(call, fault, length);
    Lived lived;
    for (const auto& step : history->steps) {
        lived.verdict = world.apply(step);
        if (!lived.verdict && !lived.struck && world.faults().struck()) {
            lived.struck = true;
            world.faults().recover();
            lived.verdict = world.cycle();
        }
        if (lived.verdict) return lived;
    }
    lived.verdict = world.finish();
    return lived;
}

/// Semantics 5.1, 5.2, 5.7: whatever call fails, breaks off or dies, nobody is removed, disabled or emptied
/// for it, and what follows is what would have been.
void strike_every_call(const std::function<std::unique_ptr<sync::IdentityStore>()>& store, Fault fault,
                       std::uint64_t length = 1) {
    std::uint64_t call = 1;
    for (;; ++call) {
        const auto lived = live(store(), call, fault, length);
        ASSERT_FALSE(lived.verdict.has_value())
            << "call " << call << " " << text_of(fault) << " for " << length << ": " << *lived.verdict;
        if (!lived.struck) break;
    }
    EXPECT_GT(call, 40u) << "the script makes hardly any calls";
}

class EveryCall : public ::testing::TestWithParam<Fault> {};

TEST_P(EveryCall, OnMemory) {
    strike_every_call([] { return store::make_memory_store(); }, GetParam());
}

TEST_P(EveryCall, OnSqlite) {
    // The store goes before its folder: a world keeps it until it has ended.
    std::vector<std::unique_ptr<Folder>> folders;
    strike_every_call(
        [&folders] {
            folders.clear();
            folders.push_back(std::make_unique<Folder>());
            return folders.back()->store();
        },
        GetParam());
}

/// A full disk or a lost connection is not over with the next call: neither is the attempt to load anew.
class Outage : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Outage, NobodyIsHarmedAndItConverges) {
    strike_every_call([] { return store::make_memory_store(); }, Fault::fails, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Faults, Outage, ::testing::Values(2, 3, 4, 6),
                         [](const auto& length) { return std::to_string(length.param) + "Calls"; });

INSTANTIATE_TEST_SUITE_P(Faults, EveryCall, ::testing::ValuesIn(testing::all_faults),
                         [](const auto& fault) { return std::string(text_of(fault.param)); });

}  // namespace
}  // namespace dirsync::sim
