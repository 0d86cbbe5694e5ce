#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "core/uuid.hpp"
#include "model/entry.hpp"

namespace dirsync::sync {

/// Dense number of an object in the mirror, for its whole life; also the internal key of the row that
/// mirrors it, and as such in the store. Never used again for another object.
using Node = std::uint32_t;
inline constexpr Node no_node = 0xffffffff;

enum class Status : std::uint8_t { enabled, disabled };
enum class ScopeState : std::uint8_t { in, out, held };

/// Extra mapped attributes by target name, sorted by name.
using ExtraAttributes = std::vector<std::pair<std::string, std::string>>;

/// A user as consumers see it (view v1_users, without ids and times of writing).
struct UserRow {
    std::string user_name;
    std::string display_name;
    std::string given_name;
    std::string family_name;
    std::string middle_name;
    std::string email;
    std::string sid;
    std::string external_id;  ///< the source's own id of it, opaque: of Active Directory the objectGUID
    ExtraAttributes attributes;
    Status status = Status::enabled;
    ScopeState scope = ScopeState::in;
    std::optional<Time> out_since;  ///< set while scope is `out`
    bool operator==(const UserRow&) const = default;
};

struct GroupRow {
    std::string display_name;
    std::string description;
    std::string external_id;
    ExtraAttributes attributes;
    ScopeState scope = ScopeState::in;
    std::optional<Time> out_since;
    bool operator==(const GroupRow&) const = default;
};

/// The externalId of an object of Active Directory; empty for the nil GUID.
std::string external_id_of(const ObjectGuid& guid);
/// How an externalId that somebody typed may be stored: as it is, and a GUID in another spelling in ours.
std::vector<std::string> external_ids_meant(std::string_view typed);
/// The object of Active Directory that a row is of; nil: of none.
ObjectGuid guid_of(const UserRow& row) noexcept;
ObjectGuid guid_of(const GroupRow& row) noexcept;

/// XXH3 over every field: equal rows, equal hashes. What the store keeps beside the row, so that a
/// cycle tells what changed without reading rows.
std::uint64_t hash_of(const UserRow& row);
std::uint64_t hash_of(const GroupRow& row);

/// The key by which a userName, primary email or group displayName is unique (semantics 3.5): XXH3 of
/// the case-folded text; 0 for the empty text, which is never contested.
using NameKey = std::uint64_t;
NameKey name_key(std::string_view name);

}  // namespace dirsync::sync
