#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/rows.hpp"

namespace dirsync::sync {

/// Stands for a target of the mapping where a hold names an object: the same name, the same GUID, in every
/// store. `name` as `target_name` gives it.
ObjectGuid target_guid(std::string_view name);

/// What a row has at a target of the mapping (`email`, or a name of the admin's own); empty: nothing.
std::string_view target_value(const UserRow& row, std::string_view target);
std::string_view target_value(const GroupRow& row, std::string_view target);

void set_target(UserRow& row, std::string_view target, std::string_view value);
void set_target(GroupRow& row, std::string_view target, std::string_view value);

/// Targets that had a value before and have another one, or none, after. A user's userName is left out: its
/// change is a renaming.
std::vector<std::string> lost_values(const UserRow& before, const UserRow& after);
std::vector<std::string> lost_values(const GroupRow& before, const GroupRow& after);

}  // namespace dirsync::sync
