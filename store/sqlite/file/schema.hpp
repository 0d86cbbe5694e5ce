#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// What `file` and our tools show of a store: "dirs".
inline constexpr std::int32_t application_id = 0x64697273;

/// A file of store/sqlite/migrations: takes a store from the version before it to its own, which is its place
/// in the list, from 1. Once released it never changes.
struct Migration {
    std::string_view name;
    std::string_view sql;
};

/// All of them, in order; compiled in.
std::span<const Migration> migrations() noexcept;

/// Brings a store up to date by all steps in one transaction, and carries its data along. An empty
/// file becomes a store. Throws DbFailure: store_too_new for a file that knows a later version,
/// store_unavailable for one that is not a store; the file is then as it was.
void migrate(Db& db, std::span<const Migration> steps);

}  // namespace dirsync::store
