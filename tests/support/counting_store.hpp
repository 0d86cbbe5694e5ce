#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "tests/support/faulty_store.hpp"

namespace dirsync::testing {

struct CountedStore {
    std::unique_ptr<sync::IdentityStore> inner;
    FaultyCalls no_faults;
};

/// A store that counts what is dear, and never fails.
class CountingStore : private CountedStore, public FaultyStore {
public:
    explicit CountingStore(std::unique_ptr<sync::IdentityStore> store)
        : CountedStore{std::move(store), {}}, FaultyStore(*CountedStore::inner, no_faults) {}

    Result<std::vector<sync::Edge>> members_of(std::span<const sync::Node> groups) override {
        ++plans;
        return FaultyStore::members_of(groups);
    }
    sync::HistoryStore& history() override {
        ++histories;
        return FaultyStore::history();
    }

    std::uint64_t plans = 0;      ///< at least one of each plan that is made of changes
    std::uint64_t histories = 0;  ///< looks at the whole journal
};

}  // namespace dirsync::testing
