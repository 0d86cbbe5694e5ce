#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "store/sqlite/file/db.hpp"
#include "store/sqlite/file/store_watch.hpp"

namespace dirsync::store {

/// Looks through a store for damaged pages, a table and its indexes at a time, so that nobody waits long for
/// the store's thread (semantics 5.18).
class Soundness {
public:
    /// True: that was the last table of the round. A table that takes longer than `patience` is left out of
    /// it. What is damaged is told to `watch`, and thrown as DbFailure; so is, without being told, what
    /// cannot be read for another reason.
    bool look_on(Db& db, StoreWatch& watch, std::chrono::milliseconds patience);

private:
    std::vector<std::string> tables_;  ///< still to be looked at, the next one last
};

}  // namespace dirsync::store
