#pragma once

#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "model/rows.hpp"

namespace dirsync::sync {

// What the store holds of an object where scope and mapping would give something else, and why. Values alone.

/// An object as scope, directory and store see it.
struct Sight {
    bool in_scope = false;     ///< by scope and mirror
    bool is_deleted = false;   ///< in the directory
    bool is_disabled = false;  ///< for users: disabled or expired in the directory
    bool is_unsure = false;    ///< cannot be seen whole: it stays as it is
    bool is_reverted = false;  ///< an admin undid a change of it
};

/// Sentences on a row that is not what the directory says; empty: it is. `explanation`: its holds.
std::string difference_of(const UserRow& stored, const Sight& sight, const Explanation& explanation);
std::string difference_of(const GroupRow& stored, const Sight& sight, const Explanation& explanation);

/// Why an object of the scope has no row, as the end of a sentence; empty: nothing is known.
std::string why_not_stored(const Sight& sight, const Explanation& explanation);

/// Tells for each attribute of `explanation` what the store has instead of it, and why. `desired`: the row as
/// the mapping makes it. `unmappable`: targets whose template names an attribute that the schema lacks.
void compare_with_store(Explanation& explanation, const UserRow& stored, const UserRow& desired,
                        const Sight& sight, const std::vector<std::string>& unmappable);
void compare_with_store(Explanation& explanation, const GroupRow& stored, const GroupRow& desired,
                        const Sight& sight, const std::vector<std::string>& unmappable);

}  // namespace dirsync::sync
