#pragma once

#include <array>
#include <string>
#include <string_view>

#include "model/plan.hpp"
#include "sync/stored_index.hpp"

namespace dirsync::sync {

// What differs between users and groups as rows of the store: above all the names that only one row may have.
// A name's slot is its place in `slot_names`.

struct UserTraits {
    using Row = UserRow;
    using Change = UserChange;
    static constexpr bool is_group = false;
    static constexpr int slots = 2;
    static constexpr std::array<std::string_view, 2> slot_names{"userName", "email"};

    static const std::string& name(const Row& row) { return row.user_name; }
    /// The text of the name in this slot.
    static const std::string& contested(const Row& row, int slot) {
        return slot == 0 ? row.user_name : row.email;
    }
    /// no_node: the name is free.
    static Node owner(const StoredIndex& stored, int slot, NameKey key) {
        return slot == 0 ? stored.owner_of_user_name(key) : stored.owner_of_email(key);
    }
};

struct GroupTraits {
    using Row = GroupRow;
    using Change = GroupChange;
    static constexpr bool is_group = true;
    static constexpr int slots = 1;
    static constexpr std::array<std::string_view, 2> slot_names{"displayName", ""};

    static const std::string& name(const Row& row) { return row.display_name; }
    static const std::string& contested(const Row& row, int) { return row.display_name; }
    static Node owner(const StoredIndex& stored, int slot, NameKey key) {
        return slot == 0 ? stored.owner_of_group_name(key) : no_node;
    }
};

}  // namespace dirsync::sync
